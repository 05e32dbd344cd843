using Gristmill.Storage;

namespace Gristmill.Grains.Tasks;

/// <summary>A stored task as callers see it.</summary>
internal static class TaskDescriptions
{
    public static TaskInfo Of(StoredTask task)
    {
        TaskProgress progress = task.Progress;
        return new TaskInfo
        {
            Id = task.Id,
            Kind = task.Kind,
            Queue = task.Queue,
            QueueKey = task.QueueKey,
            Priority = task.Priority,
            Owner = task.Owner,
            Tags = task.Tags,
            Timeout = task.Timeout,
            MaxAttempts = task.MaxAttempts,
            Deadline = task.Deadline,
            RetryOf = task.RetryOf,
            State = progress.State,
            DueAt = progress.DueAt,
            Crashes = progress.Crashes,
            CancelRequested = progress.CancelRequested,
            Silo = progress.Executor is { } executor ? ExecutorName.SiloOf(executor) : null,
            StartedAt = progress.StartedAt,
            FinishedAt = progress.FinishedAt,
            Output = progress.Output,
            Error = progress.Error,
            FailedAttempts = progress.History.IsEmpty
                ? []
                : [.. progress.History.Select(attempt => new TaskAttemptInfo(
                    attempt.StartedAt, attempt.EndedAt, ExecutorName.SiloOf(attempt.Executor), attempt.Error))],
        };
    }
}
