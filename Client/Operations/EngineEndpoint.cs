using Gristmill.Client.Json;
using Gristmill.Client.Tasks;
using Gristmill.Grains.Tasks;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gristmill.Client.Operations;

/// <summary>What the silos' engines are doing.</summary>
internal static class EngineEndpoint
{
    public static void MapEngine(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/engine", ReadAsync).WithTags("Operations").WithSummary("Workers, lanes, memory and kernels of every silo")
            .Produces<EngineListView>().ProducesProblems(503);

    private static async Task<Ok<EngineListView>> ReadAsync(SiloDirectory silos, CancellationToken cancellationToken)
    {
        IReadOnlyList<ITaskExecutorGrain> executors = await silos.AllAsync();
        ReadOnlyMemory<byte>[] engines = await Task.WhenAll(executors.Select(executor => executor.InspectAsync(cancellationToken)));
        return TypedResults.Ok(new EngineListView([.. engines.Select(engine => new RawJson(engine))]));
    }
}

/// <summary>One entry per active silo: its address, its engine's figures, its kernels.</summary>
internal sealed record EngineListView(RawJson[] Silos);
