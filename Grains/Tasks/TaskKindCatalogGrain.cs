using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Gristmill.Grains.Tasks;

/// <summary>Answers from the registry of its silo's engine; every silo of a cluster registers the same kinds.</summary>
[StatelessWorker]
public sealed class TaskKindCatalogGrain(TaskEngine engine) : Grain, ITaskKindCatalogGrain
{
    public Task<ImmutableArray<TaskKindInfo>> ListAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(engine.Kinds.All.Select(Describe).ToImmutableArray());

    public Task<TaskKindLookup> FindAsync(string kind, CancellationToken cancellationToken = default) =>
        Task.FromResult(engine.Kinds.TryGet(kind, out TaskKind? found)
            ? new TaskKindLookup(Describe(found), [])
            : new TaskKindLookup(null, engine.Kinds.Nearest(kind)));

    private static TaskKindInfo Describe(TaskKind kind) => new(
        kind.Name, kind.Description, kind.InputSchema, kind.OutputSchema, kind.Timeout, kind.MaxAttempts, kind.Queue,
        [.. kind.BinaryInput.Select(array => new BinaryArrayInfo(array.Name, array.ElementType, array.ElementBytes))], kind.BinaryOutput,
        kind.GetType().Assembly.GetName().Name!, AssemblyVersion.Of(kind.GetType().Assembly));
}
