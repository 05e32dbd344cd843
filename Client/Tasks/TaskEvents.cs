using System.Collections.Immutable;
using System.ComponentModel;
using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Tasks;

/// <summary>
/// The events of a task's life, told from what is known of it now. No event is stored: the same event has the same id whenever it is told, ids
/// rise, and may leave gaps. A grant that came back without a run tells nothing.
/// </summary>
internal static class TaskEvents
{
    // An id is attempt * Stages + stage, the first attempt being 0.
    private const int Stages = 4;
    private const int ScheduledStage = 0;
    private const int QueuedStage = 1;
    private const int RunningStage = 2;
    private const int EndStage = 3;

    // The clock that made the id and the one that says when a task is due may differ by a little.
    private static readonly TimeSpan s_tolerance = TimeSpan.FromSeconds(1);

    /// <summary>The events so far, by id.</summary>
    public static List<TaskEvent> Of(TaskInfo task)
    {
        ImmutableArray<TaskAttemptInfo> failed = FailedOf(task);
        bool endedWithLast = EndedWithLastFailure(task);
        List<TaskEvent> events = [];
        for (int i = 0; i < failed.Length; i++)
        {
            TaskAttemptInfo attempt = failed[i];
            Add(i, QueuedStage, TaskState.Queued);
            Add(i, RunningStage, TaskState.Running, attempt.StartedAt, silo: attempt.Silo);
            if (i < failed.Length - 1 || !endedWithLast)
                Add(i + 1, ScheduledStage, TaskState.Scheduled, attempt.EndedAt, error: attempt.Error);
        }

        if (!endedWithLast)
        {
            DateTimeOffset? startedAt = LastStart(task);
            if (failed.IsEmpty && (task.State == TaskState.Scheduled || task.DueAt - task.Id.CreatedAt > s_tolerance))
                Add(0, ScheduledStage, TaskState.Scheduled, task.Id.CreatedAt);
            if (startedAt is not null || task.State == TaskState.Queued || (task.State.IsTerminal() && task.DueAt <= task.FinishedAt))
                Add(failed.Length, QueuedStage, TaskState.Queued);
            if (startedAt is not null)
                Add(failed.Length, RunningStage, TaskState.Running, startedAt, silo: task.Silo);
        }

        // Also after an attempt that failed the end counts as the next one's: whatever was told before has a lower id.
        if (task.State.IsTerminal())
            Add(failed.Length, EndStage, task.State, task.FinishedAt, error: task.State == TaskState.Succeeded ? null : task.Error);
        return events;

        void Add(int attempt, int stage, TaskState state, DateTimeOffset? at = null, string? silo = null, TaskError? error = null) =>
            events.Add(new TaskEvent(
                (attempt * Stages) + stage,
                new TaskEventView(TaskStates.NameOf(state), stage == EndStage && endedWithLast ? attempt : attempt + 1, at?.UtcDateTime, silo, TaskErrorView.Of(error))));
    }

    /// <summary>The highest id that may have been given out for the task.</summary>
    public static long HighestId(TaskInfo task) => ((long)FailedOf(task).Length * Stages) + EndStage;

    /// <summary>When the attempt began that is not among the failed ones: it runs, or ended with the task. Null when there is none.</summary>
    public static DateTimeOffset? LastStart(TaskInfo task) => task.State switch
    {
        TaskState.Running or TaskState.Succeeded => task.StartedAt,
        TaskState.Scheduled or TaskState.Queued => null,
        _ => FailedOf(task) is [.., var last] && task.StartedAt <= last.StartedAt ? null : task.StartedAt,
    };

    // Not so when it was cancelled or expired while it waited for its next attempt: else the end of the attempt and that of the task are one time.
    private static bool EndedWithLastFailure(TaskInfo task) =>
        FailedOf(task) is [.., var last] && task.StartedAt <= last.StartedAt
        && (task.State == TaskState.Failed
            || (task.State is TaskState.Cancelled or TaskState.Expired && task.FinishedAt == last.EndedAt));

    private static ImmutableArray<TaskAttemptInfo> FailedOf(TaskInfo task) => task.FailedAttempts.IsDefault ? [] : task.FailedAttempts;
}

/// <summary>A change of a task's state.</summary>
internal readonly record struct TaskEvent(long Id, TaskEventView View);

/// <summary>A change of a task's state as clients see it.</summary>
internal sealed record TaskEventView(
    string Status,
    [property: Description("1 for the first.")] int Attempt,
    [property: Description("When; missing where it is not kept.")] DateTime? At = null,
    string? Silo = null,
    [property: Description("Why the attempt before, or the task, did not succeed.")] TaskErrorView? Error = null);

/// <summary>What the running handler reported last.</summary>
internal sealed record TaskProgressView(double Progress);
