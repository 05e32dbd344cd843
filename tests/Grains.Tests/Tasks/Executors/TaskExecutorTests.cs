using Gristmill.Grains.Tasks;
using Gristmill.Storage;

namespace Gristmill.Grains.Tests.Tasks.Executors;

[Collection(nameof(TaskExecutorTests))]
public sealed class TaskExecutorTests
{
    private readonly ScriptedTaskStore _store = new(new MemoryTaskStore());

    [Fact]
    public async Task GrantsWhoseAnswerWasLost_AreGrantedAgainAtNoCost()
    {
        await using ExecutorCluster cluster = await ExecutorCluster.StartAsync(_store);
        cluster.Calls.LoseNextGrants();

        TaskInfo end = await cluster.EndAsync(await cluster.SubmitAsync(ExecutorCluster.New(1, "math.add")));

        Assert.Equal((TaskState.Succeeded, 0), (end.State, end.Crashes));
        Assert.Equal(2, (await RowAsync(end.Id)).Progress.Grant);
    }

    [Fact]
    public async Task CompletionWhoseAnswerWasLost_CountsOnce()
    {
        await using ExecutorCluster cluster = await ExecutorCluster.StartAsync(_store);
        cluster.Calls.LoseNextCompletionAnswer();
        TaskId id = await cluster.SubmitAsync(ExecutorCluster.New(1, "test.gate"));
        Assert.Equal(1, await cluster.Gate.Started(id));
        cluster.Gate.Release(id);

        Assert.Equal(TaskState.Succeeded, (await cluster.EndAsync(id)).State);

        // The executor goes on, with all its credit.
        TaskId[] more = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => cluster.SubmitAsync(ExecutorCluster.New(i % 4, "math.add"))));
        foreach (TaskId next in more)
            Assert.Equal(TaskState.Succeeded, (await cluster.EndAsync(next)).State);
        Assert.Equal(1, cluster.Gate.Starts(id));
    }

    [Fact]
    public async Task PartitionThatDoesNotAnswer_KeepsNoHeartbeatFromTheOthers()
    {
        await using ExecutorCluster cluster = await ExecutorCluster.StartAsync(_store, options => options.LeasePeriod = TimeSpan.FromSeconds(3));
        TaskId hung = await cluster.SubmitAsync(ExecutorCluster.New(0, "test.gate"));
        TaskId other = await cluster.SubmitAsync(ExecutorCluster.New(1, "test.gate"));
        await cluster.Gate.Started(hung);
        await cluster.Gate.Started(other);

        cluster.Calls.HangHeartbeats(0);
        await cluster.Calls.HeartbeatsAsync(partition: 1, count: 7);

        Assert.Equal((TaskState.Running, 0), ((await cluster.Partition(1).GetAsync(other))!.State, (await cluster.Partition(1).GetAsync(other))!.Crashes));
        cluster.Calls.StopHanging();
    }

    [Fact]
    public async Task LongTask_OnShortLeases_RunsOnce()
    {
        await using ExecutorCluster cluster = await ExecutorCluster.StartAsync(_store, options => options.LeasePeriod = TimeSpan.FromSeconds(3));
        TaskId id = await cluster.SubmitAsync(ExecutorCluster.New(1, "test.gate"));
        await cluster.Gate.Started(id);

        await cluster.Calls.HeartbeatsAsync(partition: 1, count: 7);
        cluster.Gate.Release(id);

        TaskInfo end = await cluster.EndAsync(id);
        Assert.Equal((TaskState.Succeeded, 0, 1), (end.State, end.Crashes, cluster.Gate.Starts(id)));
    }

    [Fact]
    public async Task OverItsTimeout_FailsForGood()
    {
        await using ExecutorCluster cluster = await ExecutorCluster.StartAsync(_store);

        TaskInfo end = await cluster.EndAsync(
            await cluster.SubmitAsync(ExecutorCluster.New(1, "test.gate") with { Timeout = TimeSpan.FromMilliseconds(50), MaxAttempts = 3 }));

        Assert.Equal((TaskState.Failed, ErrorCodes.Timeout), (end.State, end.Error!.Code));
        Assert.Single(end.FailedAttempts);
    }

    [Fact]
    public async Task OverItsDeadline_Expires()
    {
        await using ExecutorCluster cluster = await ExecutorCluster.StartAsync(_store);

        TaskInfo end = await cluster.EndAsync(
            await cluster.SubmitAsync(ExecutorCluster.New(1, "test.gate") with { Deadline = DateTimeOffset.UtcNow.AddMilliseconds(300) }));

        Assert.Equal((TaskState.Expired, ErrorCodes.DeadlineExceeded), (end.State, end.Error!.Code));
    }

    [Fact]
    public async Task FailingHandler_IsTriedAgain_UnlessItRefusesItsInput()
    {
        await using ExecutorCluster cluster = await ExecutorCluster.StartAsync(_store);

        TaskInfo broken = await cluster.EndAsync(await cluster.SubmitAsync(ExecutorCluster.New(1, "test.fail") with { MaxAttempts = 2 }));
        TaskInfo refused = await cluster.EndAsync(await cluster.SubmitAsync(ExecutorCluster.New(1, "test.fail", "\"good\"") with { MaxAttempts = 2 }));

        Assert.Equal((TaskState.Failed, ErrorCodes.HandlerFailed), (broken.State, broken.Error!.Code));
        Assert.Equal(2, broken.FailedAttempts.Length);
        Assert.Contains("Attempt 2 broke", broken.Error.Message, StringComparison.Ordinal);
        Assert.Equal((TaskState.Failed, ErrorCodes.InvalidInput), (refused.State, refused.Error!.Code));
        Assert.Single(refused.FailedAttempts);
    }

    [Fact]
    public async Task InputThatNeverFitsTheMemoryBudget_FailsForGood_AndKeepsNoOtherTaskOfItsKindWaiting()
    {
        await using ExecutorCluster cluster = await ExecutorCluster.StartAsync(_store, engine: options => options.MemoryBudgetBytes = 64 * 1024);
        cluster.Gate.ReleaseAll();
        string large = $"\"{new string('x', 100_000)}\"";

        TaskInfo end = await cluster.EndAsync(await cluster.SubmitAsync(ExecutorCluster.New(1, "test.gate", large) with { MaxAttempts = 3 }));

        Assert.Equal((TaskState.Failed, ErrorCodes.PayloadTooLarge), (end.State, end.Error!.Code));
        Assert.Contains("65536", end.Error.Message, StringComparison.Ordinal);
        Assert.Equal((1, 0), (end.FailedAttempts.Length, cluster.Gate.Starts(end.Id)));
        Assert.Equal(TaskState.Succeeded, (await cluster.EndAsync(await cluster.SubmitAsync(ExecutorCluster.New(1, "test.gate")))).State);
    }

    [Fact]
    public async Task KindWhoseCircuitIsOpen_IsWhatItsTasksWaitFor()
    {
        await using ExecutorCluster cluster = await ExecutorCluster.StartAsync(_store, engine: options =>
        {
            options.CircuitBreaker.Enabled = true;
            options.CircuitBreaker.MinimumThroughput = 2;
            options.CircuitBreaker.BreakDuration = TimeSpan.FromHours(1);
        });

        TaskId id = await cluster.SubmitAsync(ExecutorCluster.New(1, "test.fail") with { MaxAttempts = 100 });

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        TaskInfo info;
        do
        {
            Assert.False(patience.IsCancellationRequested, "The task did not say within 20 s that its kind has a rest.");
            info = (await cluster.Partition(1).GetAsync(id))!;
        }
        while (info.WaitReason?.Contains("The task kind 'test.fail' failed too often", StringComparison.Ordinal) != true);
        Assert.Equal(TaskState.Queued, info.State);
    }

    [Fact]
    public async Task Cancelled_StopsTheHandler()
    {
        await using ExecutorCluster cluster = await ExecutorCluster.StartAsync(_store);
        TaskId id = await cluster.SubmitAsync(ExecutorCluster.New(1, "test.gate"));
        await cluster.Gate.Started(id);

        await cluster.Partition(1).CancelAsync([id]);

        Assert.Equal((TaskState.Cancelled, 1), ((await cluster.EndAsync(id)).State, cluster.Gate.Starts(id)));
    }

    [Fact]
    public async Task Drain_GivesBackWhatHasNotBegun_AndWaitsForWhatHas()
    {
        await using ExecutorCluster cluster = await ExecutorCluster.StartAsync(_store, engine: options => options.ConcurrencyLimits["test.gate"] = 1);
        TaskId running = await cluster.SubmitAsync(ExecutorCluster.New(1, "test.gate"));
        await cluster.Gate.Started(running);
        TaskId granted = await cluster.SubmitAsync(ExecutorCluster.New(1, "test.gate"));
        await StateAsync(cluster, granted, TaskState.Running);
        var returned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.OnNextCommit(1, async (group, commit) =>
        {
            await commit();
            if (group.Changes.OfType<TaskUpdate>().Any(change => change.Id == granted && change.Progress.State == TaskState.Queued))
                returned.SetResult();
        });

        Task stopping = cluster.StopAsync();
        await returned.Task.WaitAsync(TimeSpan.FromSeconds(30));
        cluster.Gate.Release(running);
        await stopping;

        Assert.Equal(TaskState.Succeeded, (await RowAsync(running)).Progress.State);
        Assert.Equal((TaskState.Queued, 0, 0), await CostsAsync(granted));
    }

    [Fact]
    public async Task Drain_LeavesWhatDoesNotEnd_ToTheNextProcess_AtNoCost()
    {
        TaskId id;
        await using (ExecutorCluster cluster = await ExecutorCluster.StartAsync(_store))
        {
            id = await cluster.SubmitAsync(ExecutorCluster.New(1, "test.gate"));
            await cluster.Gate.Started(id);

            await cluster.StopAsync();

            TaskProgress left = (await RowAsync(id)).Progress;
            Assert.Equal((TaskState.Running, true), (left.State, left.Executor!.EndsWith(TaskSteps.LeftMark, StringComparison.Ordinal)));
        }

        await using ExecutorCluster next = await ExecutorCluster.StartAsync(_store);
        await next.Calls.HeartbeatsAsync(1, 1);
        Assert.Equal(1, await next.Gate.Started(id));
        next.Gate.Release(id);
        TaskInfo end = await next.EndAsync(id);
        Assert.Equal((TaskState.Succeeded, 0), (end.State, end.Crashes));
        Assert.Empty(end.FailedAttempts);
    }

    [Fact]
    public async Task Drain_OfAnIdleExecutor_EndsSoon()
    {
        await using ExecutorCluster cluster = await ExecutorCluster.StartAsync(_store);
        await cluster.EndAsync(await cluster.SubmitAsync(ExecutorCluster.New(1, "math.add")));

        await cluster.StopAsync().WaitAsync(TimeSpan.FromSeconds(8));
    }

    private static async Task StateAsync(ExecutorCluster cluster, TaskId id, TaskState state)
    {
        TaskInfo info = (await cluster.Partition(id.Partition).GetAsync(id))!;
        while (info.State != state)
        {
            TaskInfo next = (await cluster.Partition(id.Partition).WatchAsync(id, info.Version, TimeSpan.FromSeconds(10)))!;
            Assert.True(next.Version != info.Version, $"The task stayed {info.State} for 10 s; {state} was awaited.");
            info = next;
        }
    }

    private async Task<StoredTask> RowAsync(TaskId id) => Assert.IsType<StoredTask>(await _store.Inner.ReadAsync(id));

    private async Task<(TaskState, int, int)> CostsAsync(TaskId id)
    {
        TaskProgress row = (await RowAsync(id)).Progress;
        return (row.State, row.Crashes, row.Failures);
    }
}
