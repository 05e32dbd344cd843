using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Gristmill.Storage;

/// <summary>
/// A task store whose calls meet faults: for tests of what lies above. A conflict is somebody else who opens the group's partition just before.
/// </summary>
public sealed class FaultInjectingTaskStore(ITaskStore inner, StorageFaults faults) : ITaskStore
{
    public async ValueTask InitializeAsync(int partitionCount, CancellationToken cancellationToken = default) =>
        await faults.WriteAsync(
            () => Answer(inner.InitializeAsync(partitionCount, cancellationToken)), interfere: null, cancellationToken).ConfigureAwait(false);

    public ValueTask<PartitionPosition> OpenPartitionAsync(int partition, CancellationToken cancellationToken = default) =>
        faults.WriteAsync(() => inner.OpenPartitionAsync(partition, cancellationToken), interfere: null, cancellationToken);

    public ValueTask<PartitionPosition> ReadPositionAsync(int partition, CancellationToken cancellationToken = default) =>
        faults.ReadAsync(() => inner.ReadPositionAsync(partition, cancellationToken), cancellationToken);

    public async ValueTask CommitAsync(TaskGroup group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(group);
        await faults.WriteAsync(
            () => Answer(inner.CommitAsync(group, cancellationToken)),
            async () => await inner.OpenPartitionAsync(group.Partition, cancellationToken).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Meets one fault at its beginning and one at each thousandth task.</summary>
    public async IAsyncEnumerable<StoredTask> EnumerateLiveAsync(
        int partition, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        int count = 0;
        await foreach (StoredTask task in inner.EnumerateLiveAsync(partition, cancellationToken).ConfigureAwait(false))
        {
            if (count++ % 1_000 == 0)
                await faults.ReadAsync(static () => new ValueTask<bool>(true), cancellationToken).ConfigureAwait(false);
            yield return task;
        }
    }

    public ValueTask<StoredTask?> ReadAsync(TaskId id, CancellationToken cancellationToken = default) =>
        faults.ReadAsync(() => inner.ReadAsync(id, cancellationToken), cancellationToken);

    public ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> ReadManyAsync(
        IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default) =>
        faults.ReadAsync(() => inner.ReadManyAsync(ids, cancellationToken), cancellationToken);

    public ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> DescribeManyAsync(
        IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default) =>
        faults.ReadAsync(() => inner.DescribeManyAsync(ids, cancellationToken), cancellationToken);

    public ValueTask<StoredTask?> FindByKeyAsync(int partition, string idempotencyKey, CancellationToken cancellationToken = default) =>
        faults.ReadAsync(() => inner.FindByKeyAsync(partition, idempotencyKey, cancellationToken), cancellationToken);

    public ValueTask<TaskPage> ListAsync(TaskFilter filter, TaskId? before, int limit, CancellationToken cancellationToken = default) =>
        faults.ReadAsync(() => inner.ListAsync(filter, before, limit, cancellationToken), cancellationToken);

    public ValueTask<ImmutableArray<StoredQueueSettings>> ReadQueuesAsync(CancellationToken cancellationToken = default) =>
        faults.ReadAsync(() => inner.ReadQueuesAsync(cancellationToken), cancellationToken);

    public async ValueTask WriteQueueAsync(StoredQueueSettings queue, CancellationToken cancellationToken = default) =>
        await faults.WriteAsync(() => Answer(inner.WriteQueueAsync(queue, cancellationToken)), interfere: null, cancellationToken).ConfigureAwait(false);

    public ValueTask<ImmutableArray<StoredSchedule>> ReadSchedulesAsync(int partition, CancellationToken cancellationToken = default) =>
        faults.ReadAsync(() => inner.ReadSchedulesAsync(partition, cancellationToken), cancellationToken);

    public ValueTask<ImmutableArray<StoredSchedule>> ListSchedulesAsync(string? after, int limit, CancellationToken cancellationToken = default) =>
        faults.ReadAsync(() => inner.ListSchedulesAsync(after, limit, cancellationToken), cancellationToken);

    public ValueTask<TaskPurge> PurgeAsync(TaskRetention retention, TaskId? after, CancellationToken cancellationToken = default) =>
        faults.WriteAsync(() => inner.PurgeAsync(retention, after, cancellationToken), interfere: null, cancellationToken);

    public async ValueTask PingAsync(CancellationToken cancellationToken = default) =>
        await faults.ReadAsync(() => Answer(inner.PingAsync(cancellationToken)), cancellationToken).ConfigureAwait(false);

    private static async ValueTask<bool> Answer(ValueTask call)
    {
        await call.ConfigureAwait(false);
        return true;
    }
}
