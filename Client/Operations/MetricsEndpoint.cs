using Gristmill.Client.Telemetry;

namespace Gristmill.Client.Operations;

/// <summary>The metrics of the process, for Prometheus.</summary>
internal static class MetricsEndpoint
{
    public static void MapMetrics(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/metrics", Scrape).WithTags("Operations").WithSummary("Metrics as Prometheus text")
            .Produces<string>(contentType: "text/plain").ProducesProblems(503);

    private static IResult Scrape(PrometheusReader reader) =>
        Results.Text(
            reader.Scrape() ?? throw new UnavailableException("The metrics could not be collected in time."),
            "text/plain; version=0.0.4; charset=utf-8");
}
