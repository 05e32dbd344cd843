using Microsoft.AspNetCore.Mvc;

namespace Gristmill.Client;

internal static class OpenApiExtensions
{
    /// <summary>Documents the problem+json answers of a route.</summary>
    public static RouteHandlerBuilder ProducesProblems(this RouteHandlerBuilder route, params ReadOnlySpan<int> statuses)
    {
        foreach (int status in statuses)
            route.Produces<ProblemDetails>(status, "application/problem+json");
        return route;
    }
}
