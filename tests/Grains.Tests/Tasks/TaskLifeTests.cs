using System.Collections.Immutable;
using Gristmill.Grains.Tasks;
using Gristmill.Storage;

namespace Gristmill.Grains.Tests.Tasks;

/// <summary>Retries, delays, deadlines and cancellation, as clients see them.</summary>
public sealed class TaskLifeTests(LeaseCluster cluster) : PartitionTest(cluster)
{
    private static readonly TaskError s_failure = new(ErrorCodes.HandlerFailed, "It broke.", IsTransient: false);

    [Fact]
    public async Task Failing_IsTriedAgain_UntilItsAttemptsAreSpent()
    {
        TaskId id = await SubmitAsync(New() with { MaxAttempts = 3 });
        TestExecutor executor = LocalExecutor();

        for (int attempt = 1; attempt <= 3; attempt++)
        {
            TaskGrant grant = await executor.TakeAsync();
            Assert.Equal(attempt, grant.Attempt);
            await executor.CompleteAsync(grant, GrantEnd.Failed, s_failure);
        }

        TaskInfo end = await GetAsync(id);
        Assert.Equal((TaskState.Failed, s_failure, 3, 0), (end.State, end.Error, end.FailedAttempts.Length, end.Crashes));
    }

    [Fact]
    public async Task FailedForGood_IsNotTriedAgain()
    {
        TaskId id = await SubmitAsync();
        TestExecutor executor = LocalExecutor();

        await executor.CompleteAsync(await executor.TakeAsync(), GrantEnd.FailedForGood, s_failure);

        Assert.Equal(TaskState.Failed, (await GetAsync(id)).State);
    }

    [Fact]
    public async Task Delayed_IsScheduled_AndGrantedWhenItIsDue()
    {
        DateTimeOffset runAt = DateTimeOffset.UtcNow.AddMilliseconds(300);
        SubmitReply reply = await TrySubmitAsync(New() with { RunAt = runAt });
        Assert.Equal(TaskState.Scheduled, reply.State);

        TaskGrant grant = await LocalExecutor().TakeAsync();

        Assert.Equal(reply.Id, grant.Id);
        Assert.True(DateTimeOffset.UtcNow >= runAt.AddMilliseconds(-1));
    }

    [Fact]
    public async Task WaitingPastItsDeadline_Expires()
    {
        TaskId queued = await SubmitAsync(New() with { Deadline = DateTimeOffset.UtcNow.AddMilliseconds(200) });
        TaskId delayed = await SubmitAsync(New() with { RunAt = DateTimeOffset.UtcNow.AddHours(1), Deadline = DateTimeOffset.UtcNow.AddMilliseconds(200) });

        Assert.Equal((TaskState.Expired, ErrorCodes.DeadlineExceeded), ((await EndAsync(queued)).State, (await EndAsync(queued)).Error!.Code));
        Assert.Equal(TaskState.Expired, (await EndAsync(delayed)).State);
        Assert.Empty(await LocalExecutor().LeaseAsync(patience: TimeSpan.Zero));
    }

    [Fact]
    public async Task RunningPastItsDeadline_ExpiresWhenItsExecutorSaysSo_OrReturnsIt()
    {
        TaskId first = await SubmitAsync(New() with { Deadline = DateTimeOffset.UtcNow.AddMinutes(5) });
        TestExecutor executor = LocalExecutor();
        TaskGrant grant = await executor.TakeAsync();
        Assert.NotNull(grant.Deadline);

        await executor.CompleteAsync(grant, GrantEnd.Expired, new TaskError(ErrorCodes.DeadlineExceeded, "Late.", IsTransient: false));

        Assert.Equal(TaskState.Expired, (await GetAsync(first)).State);
    }

    [Fact]
    public async Task Cancelled_WhileItWaits_EndsAtOnce()
    {
        TaskId queued = await SubmitAsync();
        TaskId delayed = await SubmitAsync(New() with { RunAt = DateTimeOffset.UtcNow.AddHours(1) });

        ImmutableArray<TaskReply> replies = await Tasks.CancelAsync([queued, delayed]);

        Assert.Equal(
            [new TaskReply(queued, TaskState.Cancelled, Done: true), new TaskReply(delayed, TaskState.Cancelled, Done: true)], replies);
        Assert.Equal((TaskState.Cancelled, ErrorCodes.Cancelled), ((await GetAsync(queued)).State, (await GetAsync(queued)).Error!.Code));
        Assert.Empty(await LocalExecutor().LeaseAsync(patience: TimeSpan.Zero));
    }

    [Fact]
    public async Task Cancelled_WhileItRuns_EndsWhenItsHandlerStops()
    {
        TaskId id = await SubmitAsync();
        TestExecutor executor = LocalExecutor();
        TaskGrant grant = await executor.TakeAsync();

        Assert.Equal(new TaskReply(id, TaskState.Running, Done: true), await CancelAsync(id));
        Assert.Equal(new TaskReply(id, TaskState.Running, Done: true), await CancelAsync(id));
        Assert.Single(await executor.HeartbeatAsync(grant));
        await executor.CompleteAsync(grant, GrantEnd.Cancelled);

        Assert.Equal(TaskState.Cancelled, (await GetAsync(id)).State);
    }

    [Fact]
    public async Task Cancelled_WhenItIsOverOrNotThere_IsTold()
    {
        TaskId id = await SubmitAsync();
        TestExecutor executor = LocalExecutor();
        await executor.CompleteAsync(await executor.TakeAsync());
        TaskId none = New().Id;

        Assert.Equal(
            [new TaskReply(id, TaskState.Succeeded, Done: false), new TaskReply(none, State: null, Done: false)], await Tasks.CancelAsync([id, none]));
    }

    [Fact]
    public async Task RetryOfAFinishedTask_IsANewTask()
    {
        NewTask task = New() with { Tags = ["red"], MaxAttempts = 1 };
        await SubmitAsync(task);
        TestExecutor executor = LocalExecutor();
        await executor.CompleteAsync(await executor.TakeAsync(), GrantEnd.Failed, s_failure);
        TaskId waiting = await SubmitAsync(New() with { RunAt = DateTimeOffset.MaxValue });

        ImmutableArray<TaskReply> replies = await Tasks.RetryAsync([task.Id, waiting, New().Id]);

        Assert.Equal((TaskState.Queued, true), (replies[0].State, replies[0].Done));
        Assert.Equal(new TaskReply(waiting, TaskState.Scheduled, Done: false), replies[1]);
        Assert.Equal((null, false), (replies[2].State, replies[2].Done));
        TaskInfo again = await GetAsync(replies[0].Id);
        Assert.Equal((task.Id, Partition), (again.RetryOf, again.Id.Partition));
        Assert.Equal(["red"], again.Tags);
        Assert.Equal(task.Input.ToArray(), (await executor.TakeAsync()).Input.ToArray());
        Assert.Equal(TaskState.Failed, (await GetAsync(task.Id)).State);
    }

    [Fact]
    public async Task RetryOfManyLargeTasks_ReadsThemInSlices()
    {
        ImmutableArray<NewTask> tasks = await LargeTasksThatAreOverAsync();

        ImmutableArray<TaskReply> replies = await Tasks.RetryAsync([.. tasks.Select(task => task.Id)]);

        Assert.All(replies, reply => Assert.Equal((TaskState.Queued, true, null), (reply.State, reply.Done, reply.Error)));
        Assert.InRange(Store.MostBytesRead(Partition), tasks[0].Input.Length, 4 << 20);
        StoredTask again = await RowAsync(replies[^1].Id);
        Assert.Equal((tasks[^1].Id, tasks[^1].Input.Length), (again.RetryOf, again.Input.Length));
        Assert.True(again.Input.Span.SequenceEqual(tasks[^1].Input.Span));
    }

    [Fact]
    public async Task RetryOfMany_WhenTheStoreFailsOnTheWay_TellsWhatWasDone()
    {
        ImmutableArray<NewTask> tasks = await LargeTasksThatAreOverAsync();
        // What they are, and the first slice.
        Store.PauseNextRead(Partition).Release();
        Store.PauseNextRead(Partition).Release();
        Store.FailNextRead(Partition, new StorageUnavailableException("Full."));

        ImmutableArray<TaskReply> replies = await Tasks.RetryAsync([.. tasks.Select(task => task.Id)]);

        int done = replies.Count(reply => reply.Done);
        Assert.InRange(done, 1, tasks.Length - 1);
        Assert.All(replies[..done], reply => Assert.Equal((TaskState.Queued, true, null), (reply.State, reply.Done, reply.Error)));
        Assert.Equal(
            tasks[done..].Select(task => (task.Id, (string?)ErrorCodes.StorageUnavailable)), replies[done..].Select(reply => (reply.Id, reply.Error?.Code)));
    }

    /// <summary>A gateway that waits no longer sends all of it again.</summary>
    [Fact]
    public async Task RetryOfMany_ThatTakesLong_TellsWhatWasDoneWhileSomebodyListens()
    {
        ImmutableArray<NewTask> tasks = await LargeTasksThatAreOverAsync();
        StorePause pause = Store.PauseNextCommit(Partition);
        Task<ImmutableArray<TaskReply>> retry = Tasks.RetryAsync([.. tasks.Select(task => task.Id)]);
        await pause.Reached;
        await Task.Delay(TimeSpan.FromSeconds(5.1), TestContext.Current.CancellationToken);
        pause.Release();

        ImmutableArray<TaskReply> replies = await retry;

        Assert.InRange(replies.Count(reply => reply.Done), 1, tasks.Length - 1);
        Assert.Equal(ErrorCodes.Unavailable, replies[^1].Error?.Code);
    }

    [Fact]
    public async Task Retry_WhileAllRoomIsPromised_IsRefusedAtOnce()
    {
        TaskId over = await SubmitAsync();
        await CancelAsync(over);
        StorePause pause = Store.PauseNextCommit(Partition);
        Task<ImmutableArray<SubmitReply>> submitted = Tasks.SubmitAsync([.. Enumerable.Range(0, LeaseCluster.LiveTasks).Select(_ => New())]);
        await pause.Reached;

        TaskReply reply = Assert.Single(await Tasks.RetryAsync([over]));

        Assert.False(submitted.IsCompleted, "The retry waited for the group that it had to be refused beside.");
        Assert.Equal((over, TaskState.Cancelled, false, ErrorCodes.QueueFull), (reply.Id, reply.State, reply.Done, reply.Error?.Code));
        pause.Release();
        Assert.All(await submitted, made => Assert.Null(made.Error));
    }

    private async Task<ImmutableArray<NewTask>> LargeTasksThatAreOverAsync()
    {
        string input = $$"""{"operands":[{{string.Join(',', Enumerable.Repeat("1234567", 60_000))}}]}""";
        ImmutableArray<NewTask> tasks = [.. Enumerable.Range(0, 20).Select(_ => New(input) with { RunAt = DateTimeOffset.MaxValue })];
        foreach (NewTask task in tasks)
            await SubmitAsync(task);
        Assert.All(await Tasks.CancelAsync([.. tasks.Select(task => task.Id)]), reply => Assert.True(reply.Done));
        return tasks;
    }
}
