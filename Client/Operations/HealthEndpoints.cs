using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gristmill.Client.Operations;

/// <summary>Liveness says that the process runs; readiness runs every registered health check and gives the reasons.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder health = routes.MapGroup("/health").WithTags("Operations");

        health.MapGet("/live", () => TypedResults.Ok(new HealthView("live", null))).WithSummary("Is the process alive?");
        health.MapGet("/ready", ReadyAsync).WithSummary("Does the process take work?")
            .Produces<HealthView>().Produces<HealthView>(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<JsonHttpResult<HealthView>> ReadyAsync(HealthCheckService checks, CancellationToken cancellationToken)
    {
        HealthReport report = await checks.CheckHealthAsync(cancellationToken);
        bool ready = report.Status == HealthStatus.Healthy;
        Dictionary<string, string> reasons = report.Entries
            .Where(entry => entry.Value.Status != HealthStatus.Healthy)
            .ToDictionary(entry => entry.Key, entry => entry.Value.Description ?? entry.Value.Exception?.Message ?? entry.Value.Status.ToString());
        return TypedResults.Json(
            new HealthView(ready ? "ready" : "unavailable", ready ? null : reasons),
            statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}

/// <summary>The answer of a health probe.</summary>
/// <param name="Status">"live", "ready" or "unavailable".</param>
/// <param name="Reasons">What is not well, by the name of the check.</param>
internal sealed record HealthView(string Status, IReadOnlyDictionary<string, string>? Reasons = null);
