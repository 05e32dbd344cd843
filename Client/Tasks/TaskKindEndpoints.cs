using System.ComponentModel;
using System.Text;
using Gristmill.Client.Json;
using Gristmill.Grains.Tasks;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gristmill.Client.Tasks;

/// <summary>The registered task kinds.</summary>
internal static class TaskKindEndpoints
{
    public static void MapTaskKinds(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder kinds = routes.MapGroup("/task-kinds").WithTags("Tasks");

        kinds.MapGet("", ListAsync).WithSummary("List the task kinds").Produces<TaskKindView[]>();
        kinds.MapGet("/{kind}", FindAsync).WithSummary("Read a task kind").Produces<TaskKindView>().ProducesProblems(404);
    }

    private static async Task<Ok<TaskKindView[]>> ListAsync(IGrainFactory grains, CancellationToken cancellationToken) =>
        TypedResults.Ok((await Catalog(grains).ListAsync(cancellationToken)).Select(TaskKindView.Of).ToArray());

    private static async Task<Ok<TaskKindView>> FindAsync(string kind, IGrainFactory grains, CancellationToken cancellationToken) =>
        TypedResults.Ok(TaskKindView.Of(await FindKindAsync(kind, grains, cancellationToken)));

    /// <exception cref="UnknownTaskKindException">There is no such kind.</exception>
    internal static async Task<TaskKindInfo> FindKindAsync(string kind, IGrainFactory grains, CancellationToken cancellationToken)
    {
        TaskKindLookup lookup = await Catalog(grains).FindAsync(kind, cancellationToken);
        return lookup.Kind ?? throw new UnknownTaskKindException(kind, lookup.Nearest);
    }

    private static ITaskKindCatalogGrain Catalog(IGrainFactory grains) => grains.GetGrain<ITaskKindCatalogGrain>(0);
}

/// <summary>A task kind as clients see it; schemas are JSON Schema 2020-12.</summary>
internal sealed record TaskKindView(
    string Name, string Description, RawJson InputSchema, RawJson OutputSchema, double TimeoutSeconds, int MaxAttempts, string Queue,
    [property: Description("The arrays that may come as application/octet-stream.")] BinaryArrayView[] BinaryInput,
    [property: Description("The element type, where the result may leave as application/octet-stream.")] string? BinaryOutput,
    [property: Description("The assembly that defines it: Gristmill's own, or a plugin.")] string Assembly,
    [property: Description("That assembly's version.")] string Version)
{
    public static TaskKindView Of(TaskKindInfo kind) => new(
        kind.Name,
        kind.Description,
        new RawJson(Encoding.UTF8.GetBytes(kind.InputSchema)),
        new RawJson(Encoding.UTF8.GetBytes(kind.OutputSchema)),
        kind.Timeout.TotalSeconds,
        kind.MaxAttempts,
        kind.Queue,
        [.. kind.BinaryInput.Select(array => new BinaryArrayView(array.Name, array.ElementType))],
        kind.BinaryOutput,
        kind.Assembly,
        kind.Version);
}

/// <summary>An array of a kind's input.</summary>
internal sealed record BinaryArrayView(
    [property: Description("Its name in the input.")] string Name,
    [property: Description("Such as float64, int64 or uint8; little-endian.")] string ElementType);
