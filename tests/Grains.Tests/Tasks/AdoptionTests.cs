using Gristmill.Grains.Queues;
using Gristmill.Grains.Tasks;
using Gristmill.Storage;

namespace Gristmill.Grains.Tests.Tasks;

/// <summary>What an activation makes of the rows that it finds.</summary>
public sealed class AdoptionTests(LeaseCluster cluster) : PartitionTest(cluster)
{
    private static readonly DateTimeOffset s_past = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    /// <summary>The one that was at the first silo's address before.</summary>
    private string DeadSilo => $"{Cluster.Silos[0].Split('@')[0]}@9";

    [Fact]
    public async Task WaitingRows_AreGranted_AndScheduledOnesWhenTheyAreDue()
    {
        StoredTask queued = Row(new TaskProgress { State = TaskState.Queued, DueAt = s_past, Grant = 7, Failures = 1 });
        StoredTask due = Row(new TaskProgress { State = TaskState.Scheduled, DueAt = s_past });
        StoredTask later = Row(new TaskProgress { State = TaskState.Scheduled, DueAt = DateTimeOffset.MaxValue });
        StoredTask late = Row(new TaskProgress { State = TaskState.Queued, DueAt = s_past }) with { Deadline = s_past.AddSeconds(1) };
        await StoreAsync(queued, due, later, late);

        TestExecutor executor = LocalExecutor();
        Assert.Equal(TaskState.Expired, (await EndAsync(late.Id)).State);
        TaskGrant first = await executor.TakeAsync();
        TaskGrant second = await executor.TakeAsync();

        Assert.Equal(new[] { queued.Id, due.Id }.Order(), new[] { first.Id, second.Id }.Order());
        TaskGrant again = first.Id == queued.Id ? first : second;
        Assert.Equal((8, 2), (again.Number, again.Attempt));
        Assert.Equal(TaskState.Scheduled, (await GetAsync(later.Id)).State);
    }

    [Fact]
    public async Task RunningRowOfADeadSilo_IsQueuedAtOnce_WithACrash()
    {
        StoredTask running = Running(DeadSilo + "/abc");
        await StoreAsync(running);

        TaskGrant grant = Assert.Single(await LocalExecutor().LeaseAsync(patience: TimeSpan.FromMilliseconds(500)));

        Assert.Equal((running.Id, 2, true), (grant.Id, grant.Number, grant.Alone));
        Assert.Equal((1, DeadSilo), ((await GetAsync(running.Id)).Crashes, (await GetAsync(running.Id)).FailedAttempts[0].Silo));
    }

    [Fact]
    public async Task RunningRowThatWasLeft_ByADeadSilo_IsQueuedAtOnce_WithoutACrash()
    {
        StoredTask left = Running(DeadSilo + "/abc" + TaskSteps.LeftMark);
        await StoreAsync(left);

        TaskGrant grant = Assert.Single(await LocalExecutor().LeaseAsync(patience: TimeSpan.FromMilliseconds(500)));

        Assert.Equal((left.Id, 2, 1, false), (grant.Id, grant.Number, grant.Attempt, grant.Alone));
    }

    [Fact]
    public async Task RunningRowThatWasLeft_ByAnExecutorThatIsHeardOf_GoesOn()
    {
        TaskId id = await SubmitAsync();
        TestExecutor executor = LocalExecutor();
        TaskGrant grant = await executor.TakeAsync();
        await executor.LeaveAsync(grant);

        await ReopenAsync();
        Assert.Empty(await executor.HeartbeatAsync(grant));

        Assert.Equal(CompletionReply.Recorded, await executor.CompleteAsync(grant));
        Assert.Equal(TaskState.Succeeded, (await GetAsync(id)).State);
    }

    /// <summary>Silos that live may not be on the list: Redis has lost it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunningRow_OfAnExecutorThatIsHeardOf_GoesOn(bool isOnTheList)
    {
        TaskId id = await SubmitAsync();
        TestExecutor executor = isOnTheList ? LocalExecutor() : RemoteExecutor();
        TaskGrant grant = await executor.TakeAsync();

        await ReopenAsync();
        Assert.Empty(await executor.HeartbeatAsync(grant));

        Assert.Equal(CompletionReply.Recorded, await executor.CompleteAsync(grant));
        Assert.Equal((TaskState.Succeeded, 0), ((await GetAsync(id)).State, (await GetAsync(id)).Crashes));
    }

    [Fact]
    public async Task RunningRow_OfAnExecutorThatKeepsSilent_IsQueuedAfterTheLeasePeriod()
    {
        StoredTask running = Running(Cluster.Silos[0] + "/abc");
        await StoreAsync(running);
        Assert.Equal(TaskState.Running, (await GetAsync(running.Id)).State);

        TaskGrant grant = await RemoteExecutor().TakeAsync();

        Assert.Equal((running.Id, true), (grant.Id, grant.Alone));
    }

    [Fact]
    public async Task ManyRows_AreTakenInWithinManyTurns_AndSeenByNobodyBefore()
    {
        StoredTask[] rows = [.. Enumerable.Range(0, 5_000).Select(_ => Row(new TaskProgress { State = TaskState.Queued, DueAt = s_past }))];
        await StoreAsync(rows);
        TurnCount turns = Store.CountTurnsOfNextAdoption(Partition);

        Task<TaskInfo> first = GetAsync(rows[0].Id);
        QueueLoad load = await Cluster.Grains.GetGrain<ITaskQueuePartitionGrain>(Partition).GetLoadAsync("default");

        Assert.Equal(rows.Length, load.Ready);
        Assert.Equal(TaskState.Queued, (await first).State);
        Assert.True(turns.Count >= 4, $"{rows.Length} rows were taken in within {turns.Count} turns.");
    }

    private async Task StoreAsync(params StoredTask[] rows)
    {
        PartitionPosition position = await Store.Inner.OpenPartitionAsync(Partition);
        await Store.Inner.CommitAsync(new TaskGroup(Partition, position.Epoch, position.Sequence + 1, [.. rows.Select(row => new TaskInsert(row))]));
    }

    private StoredTask Running(string executor) => Row(
        new TaskProgress { State = TaskState.Running, DueAt = s_past, Grant = 1, Executor = executor, StartedAt = s_past });

    private StoredTask Row(TaskProgress progress) => new()
    {
        Id = New().Id,
        Kind = "math.add",
        Queue = "default",
        Input = "{}"u8.ToArray(),
        InputLength = 2,
        MaxAttempts = 3,
        Timeout = TimeSpan.FromMinutes(1),
        Progress = progress,
    };
}
