using Gristmill.Grains.Tasks;
using Gristmill.Storage;

namespace Gristmill.Grains.Tests.Tasks;

public sealed class PartitionStorageTests(LeaseCluster cluster) : PartitionTest(cluster)
{
    private static readonly StorageUnavailableException s_full = new("Full.");

    private static StorageOutcomeUnknownException Unknown => new("No answer.");

    [Fact]
    public async Task KnownFailure_IsTold_AndNothingIsApplied()
    {
        NewTask task = New();
        Store.FailNextCommit(Partition, s_full);
        Assert.Equal(ErrorCodes.StorageUnavailable, (await TransientFailureOf(() => SubmitAsync(task))).Code);
        Assert.Null(await Tasks.GetAsync(task.Id));
        await SubmitAsync(task);
        TestExecutor executor = LocalExecutor();
        TaskGrant grant = await executor.TakeAsync();

        Store.FailNextCommit(Partition, s_full);
        await TransientFailureOf(() => executor.CompleteAsync(grant));
        Assert.Equal(TaskState.Running, (await GetAsync(task.Id)).State);
        Store.FailNextCommit(Partition, s_full);
        await TransientFailureOf(() => CancelAsync(task.Id));
        Assert.False((await GetAsync(task.Id)).CancelRequested);

        Assert.Equal(CompletionReply.Recorded, await executor.CompleteAsync(grant));
    }

    [Fact]
    public async Task KnownFailure_OfOneGroup_LeavesTheNextAlone()
    {
        StorePause pause = Store.PauseNextCommit(Partition);
        Task<TaskId> first = SubmitAsync();
        await pause.Reached;
        Store.FailNextCommit(Partition, s_full);
        Task<TaskId> second = SubmitAsync();
        Task<TaskId> third = SubmitAsync();
        // Calls of one caller arrive in order: both are waiting now.
        await LocalExecutor().HeartbeatAsync();
        pause.Release();

        await first;
        await TransientFailureOf(() => second);
        await TransientFailureOf(() => third);
        await SubmitAsync();
        Assert.Equal(2, (await LocalExecutor().LeaseAsync(credit: 10)).Length);
    }

    [Fact]
    public async Task UnknownOutcome_ThatHappened_CountsOnce()
    {
        NewTask task = New();
        Store.FailAfterNextCommit(Partition, Unknown);

        Assert.Equal(task.Id, await SubmitAsync(task));

        Assert.Equal(1, Store.Commits(Partition));
        TestExecutor executor = LocalExecutor();
        Store.FailAfterNextCommit(Partition, Unknown);
        TaskGrant grant = await executor.TakeAsync();
        Store.FailAfterNextCommit(Partition, Unknown);
        Assert.Equal((1, CompletionReply.Recorded), (grant.Number, await executor.CompleteAsync(grant)));
        Assert.Equal(3, Store.Commits(Partition));
    }

    [Fact]
    public async Task UnknownOutcome_ThatDidNotHappen_IsRepeated()
    {
        NewTask task = New();
        Store.FailNextCommit(Partition, Unknown);
        Store.FailNextPosition(Partition, s_full);
        Store.FailNextPosition(Partition, Unknown);
        Store.FailNextCommit(Partition, Unknown);

        Assert.Equal(task.Id, await SubmitAsync(task));

        Assert.Equal((TaskState.Queued, 1), ((await RowAsync(task.Id)).Progress.State, Store.Commits(Partition)));
    }

    [Fact]
    public async Task WhileTheStoreDoesNotSayWhatHappened_NothingMoreIsTakenIn()
    {
        Store.FailNextCommit(Partition, Unknown);
        Store.FailNextPosition(Partition, s_full);
        StorePause asking = Store.PauseNextPosition(Partition);
        Task<TaskId> first = SubmitAsync();
        await asking.Reached;

        Assert.Equal(ErrorCodes.StorageUnavailable, (await TransientFailureOf(() => SubmitAsync())).Code);
        asking.Release();

        await first;
        await SubmitAsync();
        Assert.Equal(2, (await LocalExecutor().LeaseAsync(credit: 10)).Length);
    }

    [Fact]
    public async Task DueTaskThatCannotBeStored_IsTriedAgain_ButNotAtOnce()
    {
        DateTimeOffset due = DateTimeOffset.UtcNow.AddSeconds(3);
        TaskId id = await SubmitAsync(New() with { RunAt = due });
        for (int i = 0; i < 3; i++)
            Store.FailNextCommit(Partition, s_full);

        await StateAsync(id, TaskState.Queued);

        Assert.True(DateTimeOffset.UtcNow - due > TimeSpan.FromSeconds(1.5), "Three failures were followed by no pause.");
    }

    [Fact]
    public async Task UnknownOutcome_ThatTurnsIntoAKnownFailure_IsTold()
    {
        NewTask task = New();
        Store.FailNextCommit(Partition, Unknown);
        Store.FailNextCommit(Partition, s_full);

        await TransientFailureOf(() => SubmitAsync(task));

        Assert.Null(await Tasks.GetAsync(task.Id));
        await SubmitAsync(task);
    }

    [Fact]
    public async Task UnknownOutcome_WithSomebodyElseInThePartition_IsNotRepeated()
    {
        NewTask task = New();
        await SubmitAsync();
        Store.OnNextCommit(Partition, async (_, _) =>
        {
            await Store.Inner.OpenPartitionAsync(Partition);
            throw Unknown;
        });

        await TransientFailureOf(() => SubmitAsync(task));

        Assert.Null(await Tasks.GetAsync(task.Id));
        await SubmitAsync(task with { IsRepeat = true });
    }

    [Fact]
    public async Task FencedActivation_Ends_AndAnotherServes()
    {
        TaskId before = await SubmitAsync();
        await Store.Inner.OpenPartitionAsync(Partition);
        NewTask task = New();

        Assert.Equal(ErrorCodes.Unavailable, (await TransientFailureOf(() => SubmitAsync(task))).Code);

        Assert.Equal(task.Id, await SubmitAsync(task with { IsRepeat = true }));
        Assert.Equal(new[] { before, task.Id }.Order(), (await LocalExecutor().LeaseAsync(credit: 10)).Select(grant => grant.Id).Order());
    }

    [Fact]
    public async Task FencedActivation_LetsGoOfAllWhoWait()
    {
        TaskId id = await SubmitAsync(New() with { RunAt = DateTimeOffset.MaxValue });
        Task waiting = Tasks.WaitAsync(id, TimeSpan.FromSeconds(60));
        Task watching = Tasks.WatchAsync(id, (await GetAsync(id)).Version, TimeSpan.FromSeconds(60));
        var leasing = LocalExecutor().LeaseAsync();
        await RemoteExecutor().HeartbeatAsync();

        await ReopenAsync();

        TimeSpan soon = TimeSpan.FromSeconds(15);
        await TransientFailureOf(() => waiting.WaitAsync(soon));
        await TransientFailureOf(() => watching.WaitAsync(soon));
        Assert.Empty(await leasing.WaitAsync(soon));
        Assert.Equal(TaskState.Scheduled, (await Tasks.GetAsync(id).WaitAsync(soon))!.State);
    }

    [Fact]
    public async Task FencedActivation_WithAnotherWriter_AnswersItsTasksFromTheStore()
    {
        TaskId before = await SubmitAsync();
        PartitionPosition position = await Store.Inner.OpenPartitionAsync(Partition);
        StoredTask other = (await RowAsync(before)) with { Id = New().Id };
        await Store.Inner.CommitAsync(new TaskGroup(Partition, position.Epoch, position.Sequence + 1, [new TaskInsert(other)]));

        TaskInfo? info = await Tasks.GetAsync(other.Id).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(TaskState.Queued, info!.State);
    }

    [Fact]
    public async Task GroupThatTheStoreDoesNotTake_EndsTheActivation_AndAnotherServes()
    {
        await SubmitAsync();
        Store.FailNextCommit(Partition, new InvalidOperationException("It does not fit."));

        await TransientFailureOf(() => SubmitAsync());

        await SubmitAsync();
        Assert.Equal(2, (await LocalExecutor().LeaseAsync(credit: 10)).Length);
    }

    [Fact]
    public async Task ActivationThatCannotOpenThePartition_FailsItsCallers_AndTheNextServes()
    {
        Store.FailNextOpen(Partition, s_full);
        await Assert.ThrowsAnyAsync<Exception>(() => SubmitAsync());

        await SubmitAsync();
    }

    [Fact]
    public async Task GrantsOfAGroupUnderWay_ReachTheirExecutor_WhenThePartitionIsOpenedAgain()
    {
        TaskId id = await SubmitAsync();
        Store.OnNextCommit(Partition, async (_, commit) =>
        {
            await commit();
            throw new InvalidOperationException("The answer was no answer.");
        });
        TestExecutor executor = LocalExecutor();

        Assert.Empty(await executor.LeaseAsync());
        await AgainAsync(() => executor.HeartbeatAsync());
        await executor.HeartbeatAsync();

        TaskGrant grant = await executor.TakeAsync();
        Assert.Equal((id, 2, false), (grant.Id, grant.Number, grant.Alone));
    }

    private static async Task AgainAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (GrainCallException exception) when (exception.Error.IsTransient)
        {
            await call();
        }
    }
}
