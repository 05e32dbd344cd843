using System.Collections.Immutable;

namespace Gristmill.Grains.Tasks;

/// <summary>
/// The durable tasks of one partition; the key is the partition, which every task id carries. Whatever it answers is on stable storage
/// first. The calls of clients; executors use <see cref="ITaskLeaseGrain"/>.
/// </summary>
[Alias("gm.ITaskPartitionGrain")]
public interface ITaskPartitionGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Accepts new tasks, each by itself. A call may be repeated: a task that is there already, by its id or by its idempotency key, is
    /// answered, not made again.
    /// </summary>
    /// <param name="tasks">Ids of this partition.</param>
    /// <param name="cancellationToken">Gives up waiting; what was begun is finished.</param>
    /// <returns>An answer for each, in order.</returns>
    [Alias("Submit")]
    Task<ImmutableArray<SubmitReply>> SubmitAsync(ImmutableArray<NewTask> tasks, CancellationToken cancellationToken = default);

    /// <summary>The task, or null when there is none.</summary>
    [Alias("Get"), Repeatable]
    Task<TaskInfo?> GetAsync(TaskId id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Answers as soon as the task is no longer as <paramref name="seen"/> says, or <paramref name="patience"/> is over.
    /// </summary>
    /// <param name="id">The task.</param>
    /// <param name="seen">The <see cref="TaskInfo.Version"/> that the caller has; null answers at once.</param>
    /// <param name="patience">Below the time-out of a call, which is 10 seconds at gateways of their own; the partition waits for 20 seconds at most.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The task as it is now; null when there is none.</returns>
    [Alias("Watch")]
    Task<TaskInfo?> WatchAsync(TaskId id, long? seen, TimeSpan patience, CancellationToken cancellationToken = default);

    /// <summary>Answers when the task is over, or <paramref name="patience"/> is; otherwise as <see cref="WatchAsync"/>.</summary>
    [Alias("Wait")]
    Task<TaskInfo?> WaitAsync(TaskId id, TimeSpan patience, CancellationToken cancellationToken = default);

    /// <summary>Cancels tasks: a waiting one at once, a running one by asking its handler to stop.</summary>
    /// <returns>An answer for each, in order.</returns>
    [Alias("Cancel")]
    Task<ImmutableArray<TaskReply>> CancelAsync(ImmutableArray<TaskId> ids, CancellationToken cancellationToken = default);

    /// <summary>Makes a new task, of this partition, of each that is over.</summary>
    /// <returns>An answer for each, in order; the id is the new task's.</returns>
    [Alias("Retry")]
    Task<ImmutableArray<TaskReply>> RetryAsync(ImmutableArray<TaskId> ids, CancellationToken cancellationToken = default);
}
