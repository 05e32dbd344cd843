using Gristmill.Grains.Tasks;

namespace Gristmill.Grains.Tests.Tasks;

public sealed class LostGrantTests(LeaseCluster cluster) : PartitionTest(cluster)
{
    [Fact]
    public async Task GrantThatTwoHeartbeatsDoNotName_IsQueuedAgainAtNoCost()
    {
        TaskId id = await SubmitAsync();
        TestExecutor executor = LocalExecutor();
        TaskGrant lost = await executor.TakeAsync();

        await executor.HeartbeatAsync();
        await executor.HeartbeatAsync(lost);
        await executor.HeartbeatAsync();
        Assert.Equal(TaskState.Running, (await GetAsync(id)).State);
        await executor.HeartbeatAsync();

        TaskGrant again = await executor.TakeAsync();
        Assert.Equal((id, 2, 1, false), (again.Id, again.Number, again.Attempt, again.Alone));
        TaskInfo info = await GetAsync(id);
        Assert.Equal(0, info.Crashes);
        Assert.Empty(info.FailedAttempts);
    }

    [Fact]
    public async Task CompletionOfAGrantThatWasTakenBack_IsRefused()
    {
        TaskId id = await SubmitAsync();
        TestExecutor executor = LocalExecutor();
        TaskGrant lost = await executor.TakeAsync();
        await executor.HeartbeatAsync();
        await executor.HeartbeatAsync();
        await StateAsync(id, TaskState.Queued);

        Assert.Equal(CompletionReply.Refused, await executor.CompleteAsync(lost));
        await CancelAsync(id);
        Assert.Equal(CompletionReply.Refused, await executor.CompleteAsync(lost));
        Assert.Equal(TaskState.Cancelled, (await GetAsync(id)).State);
    }

    [Fact]
    public async Task GrantWhoseInputIsStillBeingRead_IsNotLost()
    {
        NewTask task = New($$"""{"operands":[{{string.Join(',', Enumerable.Repeat("1234567", 100))}}]}""");
        await SubmitAsync(task);
        await ReopenAsync();
        StorePause reading = Store.PauseNextRead(Partition);
        TestExecutor executor = LocalExecutor();

        Task<TaskGrant> taking = executor.TakeAsync();
        await reading.Reached;
        for (int i = 0; i < 3; i++)
            await executor.HeartbeatAsync();
        reading.Release();
        TaskGrant grant = await taking;

        Assert.Equal(CompletionReply.Recorded, await executor.CompleteAsync(grant));
    }

    [Fact]
    public async Task OldAndNewGrantInOneHand_OnlyTheOldIsStopped()
    {
        await SubmitAsync();
        TestExecutor executor = LocalExecutor();
        TaskGrant old = await executor.TakeAsync();
        await executor.HeartbeatAsync();
        await executor.HeartbeatAsync();
        TaskGrant current = await executor.TakeAsync();

        Assert.Equal([(old.Id, old.Number)], await executor.HeartbeatAsync(old, current));
        Assert.Empty(await executor.HeartbeatAsync(current));
    }

    [Fact]
    public async Task SilentExecutors_CountAsCrashes_AndTheThirdIsTheLast()
    {
        TaskId id = await SubmitAsync();

        for (int crashes = 0; crashes < 3; crashes++)
        {
            TaskGrant grant = await RemoteExecutor().TakeAsync();
            Assert.Equal((id, crashes + 1, 1, crashes > 0), (grant.Id, grant.Number, grant.Attempt, grant.Alone));
        }

        TaskInfo end = await EndAsync(id);
        Assert.Equal((TaskState.Failed, ErrorCodes.ExecutorLost, 3), (end.State, end.Error!.Code, end.Crashes));
        Assert.Equal(3, end.FailedAttempts.Select(attempt => attempt.Silo).Distinct().Count());
    }

    [Fact]
    public async Task AnotherLifeOfTheSamesSilosExecutor_TakesOverAtOnce()
    {
        TaskId id = await SubmitAsync();
        TaskGrant held = await LocalExecutor().TakeAsync();
        TestExecutor nextLife = LocalExecutor();

        TaskGrant grant = await nextLife.TakeAsync();

        Assert.Equal((id, held.Number + 1, true), (grant.Id, grant.Number, grant.Alone));
        Assert.Equal(1, (await GetAsync(id)).Crashes);
    }

    [Fact]
    public async Task LostExecutor_OfATaskThatIsToBeCancelled_EndsIt()
    {
        TaskId id = await SubmitAsync();
        TaskGrant grant = await RemoteExecutor().TakeAsync();
        Assert.Equal((TaskState.Running, true), ((await CancelAsync(id)).State, (await GetAsync(id)).CancelRequested));

        TaskInfo end = await EndAsync(id);

        Assert.Equal((TaskState.Cancelled, 1), (end.State, end.Crashes));
        Assert.Equal(CompletionReply.Refused, await RemoteExecutor().CompleteAsync(grant with { Number = grant.Number + 1 }));
    }

    [Fact]
    public async Task ExecutorThatLeaves_KeepsItsTasksUntilItIsSilent_AndTheyCostNothing()
    {
        TaskId id = await SubmitAsync();
        TestExecutor executor = RemoteExecutor();
        TaskGrant grant = await executor.TakeAsync();

        await executor.LeaveAsync(grant);
        Assert.Empty(await executor.HeartbeatAsync(grant));
        Assert.Equal(TaskState.Running, (await GetAsync(id)).State);
        TaskGrant next = await RemoteExecutor().TakeAsync();

        Assert.Equal((id, 2, 1, false), (next.Id, next.Number, next.Attempt, next.Alone));
        Assert.Equal(0, (await GetAsync(id)).Crashes);
    }

    [Fact]
    public async Task CompletionAfterLeaving_Counts()
    {
        TaskId id = await SubmitAsync();
        TestExecutor executor = RemoteExecutor();
        TaskGrant grant = await executor.TakeAsync();
        await executor.LeaveAsync(grant);

        Assert.Equal(CompletionReply.Recorded, await executor.CompleteAsync(grant));
        Assert.Equal(TaskState.Succeeded, (await GetAsync(id)).State);
    }

    [Fact]
    public async Task Leaving_EndsAWaitingRequest()
    {
        TestExecutor executor = LocalExecutor();
        var leasing = executor.LeaseAsync();
        await executor.HeartbeatAsync();

        await executor.LeaveAsync();

        Assert.Empty(await leasing);
    }

    [Fact]
    public async Task StalledPartition_ForgivesExecutorsTheTimeItCouldNotHear()
    {
        TaskId id = await SubmitAsync();
        TestExecutor executor = LocalExecutor();
        TaskGrant grant = await executor.TakeAsync();
        // The store blocks the partition's own thread, for longer than the lease period.
        Store.OnNextCommit(Partition, async (_, commit) =>
        {
            using var never = new ManualResetEventSlim();
            never.Wait(TimeSpan.FromSeconds(4));
            await commit();
        });

        await SubmitAsync(New() with { RunAt = DateTimeOffset.MaxValue });
        await executor.HeartbeatAsync(grant);

        Assert.Equal((TaskState.Running, 0), ((await GetAsync(id)).State, (await GetAsync(id)).Crashes));
        Assert.Equal(CompletionReply.Recorded, await executor.CompleteAsync(grant));
    }
}
