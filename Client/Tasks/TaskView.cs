using System.ComponentModel;
using Gristmill.Client.Json;
using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Tasks;

/// <summary>A task as clients see it; times are UTC.</summary>
internal sealed record TaskView(
    string Id,
    string Kind,
    string Status,
    int Attempts,
    DateTime CreatedAt,
    DateTime? StartedAt = null,
    DateTime? FinishedAt = null,
    [property: Description("The kind's output; only of a task that succeeded.")] RawJson? Result = null,
    [property: Description("Why the task did not succeed.")] TaskErrorView? Error = null)
{
    public static TaskView Of(DirectTask task, TaskOutcome outcome) => new(
        task.Id.ToString(),
        task.Kind,
        NameOf(outcome.State),
        outcome.Attempts,
        task.Id.CreatedAt.UtcDateTime,
        outcome.StartedAt?.UtcDateTime,
        outcome.FinishedAt.UtcDateTime,
        outcome.State == TaskState.Succeeded ? new RawJson(outcome.Output) : null,
        outcome.Error is { } error ? new TaskErrorView(error.Code, error.Message) : null);

    private static string NameOf(TaskState state) => state switch
    {
        TaskState.Scheduled => "scheduled",
        TaskState.Queued => "queued",
        TaskState.Running => "running",
        TaskState.Succeeded => "succeeded",
        TaskState.Failed => "failed",
        TaskState.Cancelled => "cancelled",
        TaskState.Expired => "expired",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };
}

/// <summary>Why a task did not succeed.</summary>
internal sealed record TaskErrorView(
    [property: Description("Stable, for programs.")] string Code,
    [property: Description("For people.")] string Message);
