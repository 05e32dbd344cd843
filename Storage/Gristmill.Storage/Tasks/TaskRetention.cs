namespace Gristmill.Storage;

/// <summary>Which finished tasks may go.</summary>
/// <param name="FinishedBefore">Tasks that succeeded, were cancelled or expired before this.</param>
/// <param name="FailedBefore">Tasks that failed before this.</param>
/// <param name="KeyedBefore">A task with an idempotency key goes only if it was also created before this, so that the key holds.</param>
public sealed record TaskRetention(DateTimeOffset FinishedBefore, DateTimeOffset FailedBefore, DateTimeOffset KeyedBefore)
{
    /// <summary>The id from which on no task can be due to go: it was created too late to have finished early enough.</summary>
    internal TaskId Below => TaskFilter.FirstOf(FinishedBefore > FailedBefore ? FinishedBefore : FailedBefore);

    internal bool Covers(StoredTask task) =>
        Covers(task.Id, task.Progress.State, task.Progress.FinishedAt, task.IdempotencyKey is not null);

    internal bool Covers(TaskId id, TaskState state, DateTimeOffset? finishedAt, bool hasKey) =>
        finishedAt < (state == TaskState.Failed ? FailedBefore : FinishedBefore) && (!hasKey || id.CreatedAt < KeyedBefore);
}
