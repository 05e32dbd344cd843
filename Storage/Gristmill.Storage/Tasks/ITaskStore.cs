using System.Collections.Immutable;

namespace Gristmill.Storage;

/// <summary>
/// The rows of durable tasks. A partition's only writer is the activation that opened it last: every group names its epoch and the next
/// number, and a group that is not next is not written. Every write answers only after it is on stable storage, and a read that begins after
/// that answer sees it. Every method is safe from any thread.
/// </summary>
/// <remarks>
/// Outcomes of a write: it returns, and is stored; <see cref="StorageUnavailableException"/>, <see cref="PartitionFencedException"/>
/// or a cancellation, and it is not; <see cref="StorageOutcomeUnknownException"/>, and <see cref="ReadPositionAsync"/> tells: the group's
/// number means it is stored, one less means it is not and may be repeated, anything else means that somebody else writes.
/// </remarks>
public interface ITaskStore
{
    /// <summary>
    /// Fixes the number of partitions at the first start, and compares it at every later one.
    /// </summary>
    /// <exception cref="PartitionCountException">The store was made with another number.</exception>
    /// <exception cref="StorageUnavailableException">The store cannot write.</exception>
    ValueTask InitializeAsync(int partitionCount, CancellationToken cancellationToken = default);

    /// <summary>Raises the partition's epoch, which shuts out whoever opened it before.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such partition.</exception>
    /// <exception cref="StorageUnavailableException">The store cannot write.</exception>
    ValueTask<PartitionPosition> OpenPartitionAsync(int partition, CancellationToken cancellationToken = default);

    /// <summary>Where the partition stands, behind any group that was sent before.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such partition.</exception>
    /// <exception cref="StorageUnavailableException">The store cannot say.</exception>
    ValueTask<PartitionPosition> ReadPositionAsync(int partition, CancellationToken cancellationToken = default);

    /// <summary>
    /// Writes the group whole, or nothing of it. A task that is over is never changed: a group that tries, inserts an id or an idempotency key that is
    /// there, or updates an id that is not there is refused.
    /// </summary>
    /// <exception cref="PartitionFencedException">The group is not the next one of the partition's last epoch.</exception>
    /// <exception cref="InvalidOperationException">A change does not fit what is stored.</exception>
    /// <exception cref="StorageUnavailableException">The store cannot write; nothing was written.</exception>
    ValueTask CommitAsync(TaskGroup group, CancellationToken cancellationToken = default);

    /// <summary>
    /// The partition's tasks that are not over, in no particular order, long inputs left out. Meant for the activation that has just opened the
    /// partition and writes nothing meanwhile.
    /// </summary>
    /// <exception cref="StorageUnavailableException">The store cannot read.</exception>
    IAsyncEnumerable<StoredTask> EnumerateLiveAsync(int partition, CancellationToken cancellationToken = default);

    /// <summary>The task with its input, or null when there is none.</summary>
    /// <exception cref="StorageUnavailableException">The store cannot read.</exception>
    ValueTask<StoredTask?> ReadAsync(TaskId id, CancellationToken cancellationToken = default);

    /// <summary>The same for many at once; those that are not there are left out.</summary>
    /// <exception cref="StorageUnavailableException">The store cannot read.</exception>
    ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> ReadManyAsync(IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default);

    /// <summary>The same without outputs, long inputs left out: what they are costs little memory, however long they are.</summary>
    /// <exception cref="StorageUnavailableException">The store cannot read.</exception>
    ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> DescribeManyAsync(IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default);

    /// <summary>The task that has the idempotency key, long input left out, or null when there is none.</summary>
    /// <exception cref="StorageUnavailableException">The store cannot read.</exception>
    ValueTask<StoredTask?> FindByKeyAsync(int partition, string idempotencyKey, CancellationToken cancellationToken = default);

    /// <summary>Tasks over all partitions, newest first, without input and output.</summary>
    /// <param name="filter">Which ones.</param>
    /// <param name="before">Goes on behind this id; null begins with the newest.</param>
    /// <param name="limit">Tasks at most, 1 or more.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageUnavailableException">The store cannot read.</exception>
    ValueTask<TaskPage> ListAsync(TaskFilter filter, TaskId? before, int limit, CancellationToken cancellationToken = default);

    /// <summary>All queues for which something was ever set, in no particular order.</summary>
    /// <exception cref="StorageUnavailableException">The store cannot read.</exception>
    ValueTask<ImmutableArray<StoredQueueSettings>> ReadQueuesAsync(CancellationToken cancellationToken = default);

    /// <summary>Writes a queue's settings, whose version is one more than what is stored.</summary>
    /// <exception cref="QueueConflictException">It is not.</exception>
    /// <exception cref="StorageUnavailableException">The store cannot write.</exception>
    ValueTask WriteQueueAsync(StoredQueueSettings queue, CancellationToken cancellationToken = default);

    /// <summary>The partition's schedules, in no particular order. Meant for the activation that has just opened the partition.</summary>
    /// <exception cref="StorageUnavailableException">The store cannot read.</exception>
    ValueTask<ImmutableArray<StoredSchedule>> ReadSchedulesAsync(int partition, CancellationToken cancellationToken = default);

    /// <summary>Schedules over all partitions, by id (ordinal).</summary>
    /// <param name="after">Goes on behind this id; null begins with the first.</param>
    /// <param name="limit">Schedules at most, 1 or more.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageUnavailableException">The store cannot read.</exception>
    ValueTask<ImmutableArray<StoredSchedule>> ListSchedulesAsync(string? after, int limit, CancellationToken cancellationToken = default);

    /// <summary>Deletes tasks that are over and old, a bounded number in one call.</summary>
    /// <param name="retention">Which ones.</param>
    /// <param name="after">Goes on behind this id; null begins with the oldest.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageUnavailableException">The store cannot write.</exception>
    ValueTask<TaskPurge> PurgeAsync(TaskRetention retention, TaskId? after, CancellationToken cancellationToken = default);

    /// <summary>Returns when the store can serve: for the readiness probe.</summary>
    /// <exception cref="StorageUnavailableException">It cannot.</exception>
    ValueTask PingAsync(CancellationToken cancellationToken = default);
}

/// <summary>What one call purged.</summary>
/// <param name="Count">Tasks deleted.</param>
/// <param name="Next">Where to go on; null when all that the retention names has been looked at.</param>
public readonly record struct TaskPurge(int Count, TaskId? Next);
