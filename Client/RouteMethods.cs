namespace Gristmill.Client;

/// <summary>Fixed paths beside a route with a parameter: another method on such a path must not be taken for one on the thing of that name.</summary>
internal static class RouteMethods
{
    /// <summary>Answers other methods than the allowed one on these paths with 405.</summary>
    public static void TakesOnly(this IEndpointRouteBuilder routes, string allowed, params ReadOnlySpan<string> paths)
    {
        foreach (string path in paths)
        {
            routes.Map(path, context =>
            {
                context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
                context.Response.Headers.Allow = allowed;
                return Task.CompletedTask;
            });
        }
    }
}
