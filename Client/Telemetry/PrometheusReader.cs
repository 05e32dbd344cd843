using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Gristmill.Client.Telemetry;

/// <summary>Collects all metrics when somebody asks, and gives them as Prometheus text. Scrapes take turns.</summary>
internal sealed class PrometheusReader : BaseExportingMetricReader
{
    private const int CollectTimeoutMs = 5_000;

    private readonly Exporter _exporter;
    private readonly Lock _scrape = new();

    public PrometheusReader()
        : this(new Exporter())
    {
    }

    private PrometheusReader(Exporter exporter)
        : base(exporter) => _exporter = exporter;

    /// <summary>The metrics as they are now; null when collecting failed or took longer than 5 s.</summary>
    public string? Scrape()
    {
        lock (_scrape)
        {
            // The SDK lets a pull reader collect only through the function that it gave the exporter.
            bool collected = _exporter.Collect!(CollectTimeoutMs);
            string text = _exporter.Text.Take();
            return collected ? text : null;
        }
    }

    [ExportModes(ExportModes.Pull)]
    private sealed class Exporter : BaseExporter<Metric>, IPullMetricExporter
    {
        public PrometheusText Text { get; } = new();

        public Func<int, bool>? Collect { get; set; }

        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (Metric metric in batch)
                Text.Write(metric);
            return ExportResult.Success;
        }
    }
}
