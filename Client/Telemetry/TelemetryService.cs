using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Gristmill.Client.Telemetry;

/// <summary>
/// Owns the OpenTelemetry providers of the process: built before the first request, flushed when the host stops. Metrics are always
/// collected for <c>/metrics</c>; traces and metrics are sent by OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set. The exporter reads
/// its other settings from the standard OTEL variables. docs/decisions/0003-telemetry.md has the reasons.
/// </summary>
internal sealed class TelemetryService : IHostedService, IDisposable
{
    private const string OurNames = "Gristmill.*";

    private readonly MeterProvider _metrics;
    private readonly TracerProvider? _traces;

    public TelemetryService(PrometheusReader reader, IConfiguration configuration)
    {
        bool export = !string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        ResourceBuilder resource = ResourceBuilder.CreateDefault().AddService(configuration["OTEL_SERVICE_NAME"] ?? "gristmill");

        MeterProviderBuilder metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(OurNames, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddReader(reader);
        if (export)
            metrics.AddOtlpExporter();
        _metrics = metrics.Build();

        if (export)
        {
            _traces = Sdk.CreateTracerProviderBuilder()
                .SetResourceBuilder(resource)
                .AddSource(OurNames, "Microsoft.AspNetCore")
                .AddOtlpExporter()
                .Build();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _metrics.ForceFlush();
        _traces?.ForceFlush();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _traces?.Dispose();
    }
}
