using Gristmill.Storage;
using Gristmill.Tasks;
using Microsoft.Extensions.Options;

namespace Gristmill.Grains.Tasks;

/// <summary>
/// The state machine of a durable task: what each event makes of it. Pure but for the clock and the jitter; the caller commits what comes out.
/// </summary>
internal sealed class TaskSteps(IOptions<TaskOptions> options, TimeProvider time)
{
    // A handler's message can be long, there may be a hundred attempts, and all are in memory until the task is over: only the last one's is kept as it is.
    private const int MaxMessageLength = 2_000;
    private const int MaxPastMessageLength = 200;

    // A handler may ask for any time at all.
    private static readonly TimeSpan s_longestWait = TimeSpan.FromDays(1);

    /// <summary>Ends the name of an executor whose process ended in order while it held the grant.</summary>
    public const string LeftMark = "/left";

    /// <summary>Now, to the millisecond, as rows keep times.</summary>
    public DateTimeOffset Now() => ToMilliseconds(time.GetUtcNow());

    /// <summary>The time as rows keep it: what is in memory is to be what is stored.</summary>
    public static DateTimeOffset ToMilliseconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    public TaskProgress Grant(TaskProgress progress, string executor) => progress with
    {
        State = TaskState.Running,
        Grant = progress.Grant + 1,
        Executor = executor,
        StartedAt = Now(),
    };

    /// <summary>A scheduled task's time has come.</summary>
    public static TaskProgress Ready(TaskProgress progress) => progress with { State = TaskState.Queued };

    public TaskProgress Expire(StoredTask task) =>
        Finish(task.Progress, TaskState.Expired, new TaskDeadlineException(task.Deadline!.Value).ToError(), Now());

    /// <summary>Somebody wants the task cancelled: a waiting one ends, a running one remembers.</summary>
    public TaskProgress Cancel(TaskProgress progress) => progress.State == TaskState.Running
        ? progress with { CancelRequested = true }
        : EndCancelled(progress, Now());

    /// <summary>What the end of its grant makes of a running task. If the task ends with an attempt that failed, both have the same time.</summary>
    public TaskProgress Complete(StoredTask task, TaskCompletion completion)
    {
        DateTimeOffset now = Now();
        TaskProgress progress = task.Progress;
        TaskError error = Shorten(completion.Error ?? new TaskError(ErrorCodes.Internal, "The executor gave no reason.", IsTransient: false), MaxMessageLength);
        switch (completion.End)
        {
            case GrantEnd.Succeeded:
                return progress with { State = TaskState.Succeeded, FinishedAt = now, Output = completion.Output, Error = null };
            case GrantEnd.Expired:
                return Finish(progress, TaskState.Expired, error, now);
            // An activation that another has replaced may have had the handler stopped: cancelled is only what somebody wanted cancelled.
            case GrantEnd.Cancelled:
            case GrantEnd.Returned:
                return Requeue(task, progress, now);
        }

        TaskProgress failed = Recorded(progress, error, now) with { Failures = progress.Failures + 1, Error = error };
        if (progress.CancelRequested)
            return EndCancelled(failed, now);
        if (completion.End == GrantEnd.FailedForGood || failed.Failures >= task.MaxAttempts)
            return Finish(failed, TaskState.Failed, error, now);
        DateTimeOffset dueAt = now + DelayAfter(failed.Failures, error.RetryAfter);
        return task.Deadline < dueAt
            ? Finish(failed, TaskState.Expired, error, now)
            : failed with { State = TaskState.Scheduled, DueAt = dueAt };
    }

    /// <summary>The executor was lost with the task in its hands, or ended in order before the handler returned. Times as in <see cref="Complete"/>.</summary>
    public TaskProgress Lose(StoredTask task)
    {
        DateTimeOffset now = Now();
        TaskProgress progress = task.Progress;
        if (progress.Executor!.EndsWith(LeftMark, StringComparison.Ordinal))
            return TakeBack(task, progress, now);

        int crashes = progress.Crashes + 1;
        var error = new TaskError(
            ErrorCodes.ExecutorLost, $"The executor was lost while it ran the task ({crashes} of {options.Value.MaxCrashes} times).", IsTransient: true);
        TaskProgress lost = Recorded(progress, error, now) with { Crashes = crashes, Error = error };
        return crashes < options.Value.MaxCrashes || progress.CancelRequested
            ? TakeBack(task, lost, now)
            : Finish(lost with { Executor = null }, TaskState.Failed, error, now);
    }

    /// <summary>The executor never got the grant.</summary>
    public TaskProgress Miss(StoredTask task) => TakeBack(task, task.Progress, Now());

    /// <summary>The executor's process is about to end, with the handler still running.</summary>
    public static TaskProgress Leave(TaskProgress progress) => progress.Executor!.EndsWith(LeftMark, StringComparison.Ordinal)
        ? progress
        : progress with { Executor = progress.Executor + LeftMark };

    // Without an executor the row says that this grant's completion does not count any more.
    private static TaskProgress TakeBack(StoredTask task, TaskProgress progress, DateTimeOffset now) =>
        Requeue(task, progress with { Executor = null }, now);

    private static TaskProgress Requeue(StoredTask task, TaskProgress progress, DateTimeOffset now) =>
        progress.CancelRequested ? EndCancelled(progress, now)
        : task.Deadline <= now ? Finish(progress, TaskState.Expired, new TaskDeadlineException(task.Deadline.Value).ToError(), now)
        : progress with { State = TaskState.Queued };

    private static TaskProgress EndCancelled(TaskProgress progress, DateTimeOffset now) => Finish(
        progress with { CancelRequested = true },
        TaskState.Cancelled,
        new TaskError(ErrorCodes.Cancelled, "The task was cancelled.", IsTransient: false),
        now);

    private static TaskProgress Finish(TaskProgress progress, TaskState state, TaskError error, DateTimeOffset now) =>
        progress with { State = state, FinishedAt = now, Error = error };

    private static TaskProgress Recorded(TaskProgress progress, TaskError error, DateTimeOffset now) => progress with
    {
        History =
        [
            .. progress.History.Select(past => past with { Error = Shorten(past.Error, MaxPastMessageLength) }),
            new TaskAttempt(progress.StartedAt!.Value, now, progress.Executor!, error),
        ],
    };

    private TimeSpan DelayAfter(int failures, TimeSpan? asked)
    {
        TimeSpan delay = Backoff.After(failures, options.Value.RetryDelay, options.Value.MaxRetryDelay);
        return !(asked > delay) ? delay : asked.Value < s_longestWait ? asked.Value : s_longestWait;
    }

    private static TaskError Shorten(TaskError error, int length)
    {
        if (error.Message.Length <= length)
            return error;
        // No half of a character.
        return error with { Message = error.Message[..(char.IsHighSurrogate(error.Message[length - 1]) ? length - 1 : length)] };
    }
}
