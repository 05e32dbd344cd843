using Gristmill.Client.Json;
using Gristmill.Client.Telemetry;
using Gristmill.Client.Users;
using Microsoft.Net.Http.Headers;

namespace Gristmill.Client.Operations;

/// <summary>The metrics of the process for Prometheus; for whoever asks for JSON, the user store in five numbers.</summary>
internal static class MetricsEndpoint
{
    private const string Json = "application/json";

    public static void MapMetrics(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/metrics", Scrape).WithTags("Operations").WithSummary("Metrics as Prometheus text, or the user store's totals as JSON")
            .Produces<string>(contentType: "text/plain").Produces<UserTotals>().ProducesProblems(503);

    private static IResult Scrape(HttpRequest request, PrometheusReader reader, UserStatistics users)
    {
        request.HttpContext.Response.Headers.Vary = HeaderNames.Accept;
        if (request.GetTypedHeaders().Accept.Any(type => type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase) && type.Quality is not 0))
            return Results.Json(users.Totals, GatewayJson.Default.UserTotals);
        return Results.Text(
            reader.Scrape() ?? throw new UnavailableException("The metrics could not be collected in time."),
            "text/plain; version=0.0.4; charset=utf-8");
    }
}
