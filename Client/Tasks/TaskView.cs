using System.ComponentModel;
using Gristmill.Client.Json;
using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Tasks;

/// <summary>A task as clients see it; times are UTC.</summary>
internal sealed record TaskView(
    string Id,
    string Kind,
    [property: Description("scheduled, queued, running, succeeded, failed, cancelled or expired.")] string Status,
    [property: Description("Handlers started.")] int Attempts,
    DateTime CreatedAt,
    [property: Description("When the last attempt began.")] DateTime? StartedAt = null,
    DateTime? FinishedAt = null,
    [property: Description("The kind's output; only of a task that succeeded, and not in a list.")] RawJson? Result = null,
    [property: Description("Why the task, or its last attempt, did not succeed.")] TaskErrorView? Error = null)
{
    public string? Queue { get; init; }

    public string? QueueKey { get; init; }

    [Description("0 to 9, 9 first.")]
    public int? Priority { get; init; }

    [Description("The user that it belongs to.")]
    public long? Owner { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public int? MaxAttempts { get; init; }

    [Description("How long a handler may run.")]
    public double? TimeoutSeconds { get; init; }

    [Description("It must have finished by then.")]
    public DateTime? Deadline { get; init; }

    [Description("When it becomes, or became, ready to run.")]
    public DateTime? DueAt { get; init; }

    [Description("Why it has not begun; not in a list.")]
    public string? WaitReason { get; init; }

    [Description("0 to 1, as the running handler reported it last; not in a list.")]
    public double? Progress { get; init; }

    [Description("Where it runs or ran last.")]
    public string? Silo { get; init; }

    [Description("Executors lost under it; missing means none.")]
    public int? Crashes { get; init; }

    [Description("true when the running handler was asked to stop.")]
    public bool? CancelRequested { get; init; }

    [Description("The task that this one repeats.")]
    public string? RetryOf { get; init; }

    [Description("Every attempt so far, oldest first.")]
    public IReadOnlyList<TaskAttemptView>? AttemptHistory { get; init; }

    public static TaskView Of(DirectTask task, TaskOutcome outcome) => new(
        task.Id.ToString(),
        task.Kind,
        TaskStates.NameOf(outcome.State),
        outcome.Attempts,
        task.Id.CreatedAt.UtcDateTime,
        outcome.StartedAt?.UtcDateTime,
        outcome.FinishedAt.UtcDateTime,
        outcome.State == TaskState.Succeeded ? new RawJson(outcome.Output) : null,
        TaskErrorView.Of(outcome.Error));

    public static TaskView Of(TaskInfo task)
    {
        IReadOnlyList<TaskAttemptView> attempts = TaskAttemptView.AllOf(task);
        return new TaskView(
            task.Id.ToString(),
            task.Kind,
            TaskStates.NameOf(task.State),
            attempts.Count,
            task.Id.CreatedAt.UtcDateTime,
            task.StartedAt?.UtcDateTime,
            task.FinishedAt?.UtcDateTime,
            task.State == TaskState.Succeeded && !task.Output.IsEmpty ? new RawJson(task.Output) : null,
            TaskErrorView.Of(task.Error))
        {
            Queue = task.Queue,
            QueueKey = task.QueueKey,
            Priority = task.Priority,
            Owner = task.Owner,
            Tags = task.Tags.IsDefaultOrEmpty ? null : task.Tags,
            MaxAttempts = task.MaxAttempts,
            TimeoutSeconds = task.Timeout.TotalSeconds,
            Deadline = task.Deadline?.UtcDateTime,
            DueAt = task.DueAt.UtcDateTime,
            WaitReason = task.WaitReason,
            Progress = task.Progress,
            Silo = task.Silo,
            Crashes = task.Crashes > 0 ? task.Crashes : null,
            CancelRequested = task.CancelRequested ? true : null,
            RetryOf = task.RetryOf?.ToString(),
            AttemptHistory = attempts.Count > 0 ? attempts : null,
        };
    }
}

/// <summary>One run of a task's handler.</summary>
internal sealed record TaskAttemptView(
    DateTime StartedAt,
    [property: Description("Missing while it runs.")] DateTime? EndedAt = null,
    string? Silo = null,
    [property: Description("Missing when it succeeded.")] TaskErrorView? Error = null)
{
    public static IReadOnlyList<TaskAttemptView> AllOf(TaskInfo task)
    {
        List<TaskAttemptView> attempts = [];
        if (!task.FailedAttempts.IsDefaultOrEmpty)
        {
            attempts.AddRange(task.FailedAttempts.Select(attempt => new TaskAttemptView(
                attempt.StartedAt.UtcDateTime, attempt.EndedAt.UtcDateTime, attempt.Silo, TaskErrorView.Of(attempt.Error))));
        }

        if (TaskEvents.LastStart(task) is { } startedAt)
        {
            attempts.Add(new TaskAttemptView(
                startedAt.UtcDateTime, task.FinishedAt?.UtcDateTime, task.Silo, task.State.IsTerminal() ? TaskErrorView.Of(task.Error) : null));
        }

        return attempts;
    }
}

/// <summary>Why something did not succeed.</summary>
internal sealed record TaskErrorView(
    [property: Description("Stable, for programs.")] string Code,
    [property: Description("For people.")] string Message,
    [property: Description("What is wrong with which field.")] IReadOnlyDictionary<string, string>? Errors = null)
{
    public static TaskErrorView? Of(TaskError? error) =>
        error is null ? null : new TaskErrorView(error.Code, error.Message, error.Fields.IsEmpty ? null : error.Fields);
}
