using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Gristmill.Storage.Tests.Faults;

/// <summary>A caller that does what <see cref="ITaskStore"/> tells it to: repeats what was not done, and asks where the outcome is unknown.</summary>
internal sealed class SettlingTaskStore(ITaskStore inner) : ITaskStore
{
    private const int MaxAttempts = 40;

    public async ValueTask InitializeAsync(int partitionCount, CancellationToken cancellationToken = default) =>
        await RepeatAsync(() => Answer(inner.InitializeAsync(partitionCount, cancellationToken)));

    public ValueTask<PartitionPosition> OpenPartitionAsync(int partition, CancellationToken cancellationToken = default) =>
        RepeatAsync(() => inner.OpenPartitionAsync(partition, cancellationToken));

    public ValueTask<PartitionPosition> ReadPositionAsync(int partition, CancellationToken cancellationToken = default) =>
        RepeatAsync(() => inner.ReadPositionAsync(partition, cancellationToken));

    public async ValueTask CommitAsync(TaskGroup group, CancellationToken cancellationToken = default) => await RepeatAsync(async () =>
    {
        try
        {
            await inner.CommitAsync(group, cancellationToken);
        }
        catch (StorageOutcomeUnknownException)
        {
            PartitionPosition position = await ReadPositionAsync(group.Partition, cancellationToken);
            var before = new PartitionPosition(group.Epoch, group.Sequence - 1);
            if (position == before)
                throw new StorageUnavailableException("Not committed.");
            if (position != before with { Sequence = group.Sequence })
                throw new PartitionFencedException(group.Partition, before, position);
        }

        return true;
    });

    public async IAsyncEnumerable<StoredTask> EnumerateLiveAsync(
        int partition, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (StoredTask task in await RepeatAsync(ReadAllAsync))
            yield return task;

        async ValueTask<List<StoredTask>> ReadAllAsync()
        {
            var all = new List<StoredTask>();
            await foreach (StoredTask task in inner.EnumerateLiveAsync(partition, cancellationToken))
                all.Add(task);
            return all;
        }
    }

    public ValueTask<StoredTask?> ReadAsync(TaskId id, CancellationToken cancellationToken = default) =>
        RepeatAsync(() => inner.ReadAsync(id, cancellationToken));

    public ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> ReadManyAsync(
        IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default) =>
        RepeatAsync(() => inner.ReadManyAsync(ids, cancellationToken));

    public ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> DescribeManyAsync(
        IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default) =>
        RepeatAsync(() => inner.DescribeManyAsync(ids, cancellationToken));

    public ValueTask<StoredTask?> FindByKeyAsync(int partition, string idempotencyKey, CancellationToken cancellationToken = default) =>
        RepeatAsync(() => inner.FindByKeyAsync(partition, idempotencyKey, cancellationToken));

    public ValueTask<TaskPage> ListAsync(TaskFilter filter, TaskId? before, int limit, CancellationToken cancellationToken = default) =>
        RepeatAsync(() => inner.ListAsync(filter, before, limit, cancellationToken));

    public ValueTask<ImmutableArray<StoredQueueSettings>> ReadQueuesAsync(CancellationToken cancellationToken = default) =>
        RepeatAsync(() => inner.ReadQueuesAsync(cancellationToken));

    public async ValueTask WriteQueueAsync(StoredQueueSettings queue, CancellationToken cancellationToken = default) => await RepeatAsync(async () =>
    {
        try
        {
            await inner.WriteQueueAsync(queue, cancellationToken);
        }
        catch (QueueConflictException)
        {
            // Perhaps an earlier attempt, whose answer was lost, has written it.
            if (!(await ReadQueuesAsync(cancellationToken)).Contains(queue))
                throw;
        }

        return true;
    });

    public ValueTask<ImmutableArray<StoredSchedule>> ReadSchedulesAsync(int partition, CancellationToken cancellationToken = default) =>
        RepeatAsync(() => inner.ReadSchedulesAsync(partition, cancellationToken));

    public ValueTask<ImmutableArray<StoredSchedule>> ListSchedulesAsync(string? after, int limit, CancellationToken cancellationToken = default) =>
        RepeatAsync(() => inner.ListSchedulesAsync(after, limit, cancellationToken));

    public ValueTask<TaskPurge> PurgeAsync(TaskRetention retention, TaskId? after, CancellationToken cancellationToken = default) =>
        RepeatAsync(() => inner.PurgeAsync(retention, after, cancellationToken));

    public async ValueTask PingAsync(CancellationToken cancellationToken = default) =>
        await RepeatAsync(() => Answer(inner.PingAsync(cancellationToken)));

    private static async ValueTask<bool> Answer(ValueTask call)
    {
        await call;
        return true;
    }

    // Everything but a commit may be done twice, so that an unknown outcome is repeated too.
    private static async ValueTask<T> RepeatAsync<T>(Func<ValueTask<T>> call)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (Exception e) when (e is StorageUnavailableException or StorageOutcomeUnknownException && attempt < MaxAttempts)
            {
            }
        }
    }
}
