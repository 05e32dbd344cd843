using Gristmill;
using Gristmill.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Acme.Shapes;

/// <summary>The plugin's own route, which runs its task on a silo.</summary>
public sealed class ShapesPlugin : IGristmillPlugin
{
    public void MapEndpoints(IEndpointRouteBuilder routes) =>
        routes.MapGet("/shapes/rectangle/{width:double}/{height:double}", RectangleAsync).WithSummary("The area of a rectangle");

    private static async Task<AreaView> RectangleAsync(double width, double height, ITaskExecutor tasks, CancellationToken cancellationToken) =>
        new(await tasks.RunAsync(ShapesTask.Area([new(0, 0), new(width, 0), new(width, height), new(0, height)]), cancellationToken));
}

public sealed record AreaView(double Area);
