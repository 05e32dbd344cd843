using Gristmill.Grains.Tasks;
using Gristmill.Storage;
using Microsoft.Extensions.Options;

namespace Gristmill.Grains.Tests.Tasks;

public sealed class TaskStepsTests
{
    private const string Executor = "127.0.0.1:1@1/abc";

    private static readonly TaskError s_failure = new(ErrorCodes.HandlerFailed, "It broke.", IsTransient: false);

    private readonly ManualTime _time = new();
    private readonly TaskSteps _steps;

    public TaskStepsTests() => _steps = new TaskSteps(
        Options.Create(new TaskOptions { RetryDelay = TimeSpan.FromSeconds(2), MaxRetryDelay = TimeSpan.FromSeconds(20) }), _time);

    [Fact]
    public void Now_IsToTheMillisecond() => Assert.Equal(0, _steps.Now().Ticks % TimeSpan.TicksPerMillisecond);

    [Fact]
    public void Grant_RaisesTheNumber_AndNamesTheExecutor()
    {
        TaskProgress granted = _steps.Grant(Queued().Progress with { Grant = 4 }, Executor);

        Assert.Equal((TaskState.Running, 5, Executor, _steps.Now()), (granted.State, granted.Grant, granted.Executor, granted.StartedAt));
    }

    [Fact]
    public void LongMessages_OfEarlierAttempts_AreCutBetweenCharacters()
    {
        string message = new string('x', 199) + string.Concat(Enumerable.Repeat("😀", 2_000));
        StoredTask task = Running() with { MaxAttempts = 100 };
        for (int i = 0; i < 3; i++)
        {
            TaskProgress failed = _steps.Complete(task, End(GrantEnd.Failed) with { Error = s_failure with { Message = message } });
            task = task with { Progress = _steps.Grant(failed, Executor) };
        }

        Assert.Equal([199, 199, 1_999], task.Progress.History.Select(attempt => attempt.Error.Message.Length));
    }

    [Fact]
    public void Succeeded_KeepsTheOutput_AndForgetsEarlierErrors()
    {
        StoredTask task = Running() with { Progress = Running().Progress with { Error = s_failure, CancelRequested = true } };

        TaskProgress done = _steps.Complete(task, End(GrantEnd.Succeeded) with { Output = "7"u8.ToArray() });

        Assert.Equal((TaskState.Succeeded, _steps.Now(), null), (done.State, done.FinishedAt, done.Error));
        Assert.Equal("7"u8, done.Output.Span);
    }

    [Fact]
    public void Failed_WithAttemptsLeft_WaitsLongerEachTime_UpToTheMost()
    {
        StoredTask task = Running();
        for (int failures = 1; failures <= 6; failures++)
        {
            TaskProgress failed = _steps.Complete(task, End(GrantEnd.Failed, s_failure));

            Assert.Equal((TaskState.Scheduled, failures, null), (failed.State, failed.Failures, failed.FinishedAt));
            double most = Math.Min(20, 2 * Math.Pow(2, failures - 1));
            Assert.InRange((failed.DueAt - _steps.Now()).TotalSeconds, most / 2, most);
            TaskAttempt attempt = failed.History[^1];
            Assert.Equal((failures, Executor, s_failure, _steps.Now()), (failed.History.Length, attempt.Executor, attempt.Error, attempt.EndedAt));
            task = task with { Progress = _steps.Grant(TaskSteps.Ready(failed), Executor) };
        }
    }

    [Fact]
    public void Failed_ThatAsksForMoreTime_GetsIt_ButNotForEver()
    {
        TaskProgress later = _steps.Complete(Running(), End(GrantEnd.Failed, s_failure with { RetryAfter = TimeSpan.FromMinutes(3) }));
        Assert.Equal(TimeSpan.FromMinutes(3), later.DueAt - _steps.Now());

        TaskProgress never = _steps.Complete(Running(), End(GrantEnd.Failed, s_failure with { RetryAfter = TimeSpan.MaxValue }));
        Assert.Equal((TaskState.Scheduled, TimeSpan.FromDays(1)), (never.State, never.DueAt - _steps.Now()));
    }

    [Fact]
    public void Failed_WithoutAttemptsLeft_OrForGood_IsTheEnd()
    {
        TaskProgress last = _steps.Complete(Running() with { MaxAttempts = 1 }, End(GrantEnd.Failed, s_failure));
        Assert.Equal((TaskState.Failed, s_failure, 1, _steps.Now()), (last.State, last.Error, last.Failures, last.FinishedAt));

        TaskProgress forGood = _steps.Complete(Running(), End(GrantEnd.FailedForGood, s_failure));
        Assert.Equal((TaskState.Failed, s_failure, 1), (forGood.State, forGood.Error, forGood.History.Length));
    }

    [Fact]
    public void Failed_WithNoTimeForAnotherAttempt_Expires()
    {
        TaskProgress failed = _steps.Complete(Running() with { Deadline = _steps.Now().AddMilliseconds(500) }, End(GrantEnd.Failed, s_failure));

        Assert.Equal((TaskState.Expired, s_failure), (failed.State, failed.Error));
    }

    [Fact]
    public void Failed_WithALongMessage_KeepsItsBeginning()
    {
        TaskProgress failed = _steps.Complete(Running(), End(GrantEnd.Failed, s_failure with { Message = new string('x', 10_000) }));

        Assert.Equal(2_000, failed.Error!.Message.Length);
    }

    [Theory]
    [InlineData(GrantEnd.Failed)]
    [InlineData(GrantEnd.FailedForGood)]
    [InlineData(GrantEnd.Returned)]
    [InlineData(GrantEnd.Cancelled)]
    public void AnyEndButSuccess_OfATaskThatIsToBeCancelled_CancelsIt(GrantEnd end)
    {
        StoredTask task = Running() with { Progress = _steps.Cancel(Running().Progress) };
        Assert.Equal(TaskState.Running, task.Progress.State);

        TaskProgress ended = _steps.Complete(task, End(end, s_failure));

        Assert.Equal((TaskState.Cancelled, ErrorCodes.Cancelled), (ended.State, ended.Error!.Code));
    }

    /// <summary>An activation that another has replaced had the handler stopped: nobody wanted the task cancelled.</summary>
    [Fact]
    public void HandlerThatWasStoppedUnasked_RunsAgain()
    {
        StoredTask task = Running();

        TaskProgress ended = _steps.Complete(task, End(GrantEnd.Cancelled, s_failure));

        Assert.Equal((TaskState.Queued, task.Progress.Failures, task.Progress.Crashes), (ended.State, ended.Failures, ended.Crashes));
    }

    [Theory]
    [InlineData(TaskState.Scheduled)]
    [InlineData(TaskState.Queued)]
    public void Cancel_OfAWaitingTask_EndsIt(TaskState state)
    {
        TaskProgress cancelled = _steps.Cancel(Queued().Progress with { State = state });

        Assert.Equal((TaskState.Cancelled, true, _steps.Now()), (cancelled.State, cancelled.CancelRequested, cancelled.FinishedAt));
    }

    [Fact]
    public void Returned_WaitsAgain_UnlessItsDeadlinePassed()
    {
        Assert.Equal(TaskState.Queued, _steps.Complete(Running(), End(GrantEnd.Returned)).State);
        Assert.Equal(TaskState.Expired, _steps.Complete(Running() with { Deadline = _steps.Now() }, End(GrantEnd.Returned)).State);
    }

    [Fact]
    public void Lost_CountsCrashes_UpToTheLimit()
    {
        StoredTask task = Running();
        for (int crashes = 1; crashes < 3; crashes++)
        {
            TaskProgress lost = _steps.Lose(task);
            Assert.Equal((TaskState.Queued, crashes, 0, crashes), (lost.State, lost.Crashes, lost.Failures, lost.History.Length));
            Assert.Equal(ErrorCodes.ExecutorLost, lost.Error!.Code);
            task = task with { Progress = _steps.Grant(lost, Executor) };
        }

        TaskProgress last = _steps.Lose(task);
        Assert.Equal((TaskState.Failed, 3, ErrorCodes.ExecutorLost), (last.State, last.Crashes, last.Error!.Code));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Lost_WhenItIsToBeCancelled_CancelsIt(int crashesBefore)
    {
        StoredTask task = Running() with { Progress = _steps.Cancel(Running().Progress with { Crashes = crashesBefore }) };

        Assert.Equal(TaskState.Cancelled, _steps.Lose(task).State);
    }

    [Fact]
    public void LostAfterLeaving_CostsNothing()
    {
        TaskProgress left = TaskSteps.Leave(Running().Progress);
        Assert.Equal((TaskState.Running, left), (left.State, TaskSteps.Leave(left)));

        TaskProgress lost = _steps.Lose(Running() with { Progress = left });

        Assert.Equal((TaskState.Queued, 0, 0, null), (lost.State, lost.Crashes, lost.Failures, lost.Error));
        Assert.Empty(lost.History);
    }

    [Fact]
    public void Missed_CostsNothing()
    {
        TaskProgress missed = _steps.Miss(Running());

        Assert.Equal((TaskState.Queued, 0, 0, null), (missed.State, missed.Crashes, missed.Failures, missed.Error));
    }

    private StoredTask Queued() => new()
    {
        Id = TaskId.New(0, _time),
        Kind = "math.add",
        Queue = "default",
        MaxAttempts = 10,
        Progress = new TaskProgress { State = TaskState.Queued, DueAt = _steps.Now() },
    };

    private StoredTask Running()
    {
        StoredTask task = Queued();
        return task with { Progress = _steps.Grant(task.Progress, Executor) };
    }

    private static TaskCompletion End(GrantEnd end, TaskError? error = null) => new(default, 1, end, default, error);

    private sealed class ManualTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).AddTicks(1_234_567);
    }
}
