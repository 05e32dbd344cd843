using System.Collections.Immutable;
using Gristmill.Grains.Tasks;
using Gristmill.Grains.Tests.Tasks;

namespace Gristmill.Grains.Tests.Queues;

public sealed class WaitReasonTests(LeaseCluster cluster) : PartitionTest(cluster)
{
    [Fact]
    public async Task RefusedKind_IsSaidToWaitForAnExecutor()
    {
        TaskId id = await SubmitAsync();
        TestExecutor executor = LocalExecutor();

        Task<ImmutableArray<TaskGrant>> leasing = executor.LeaseAsync(1, TimeSpan.FromSeconds(5), "math.add");
        string? reason;
        do
        {
            // With some grain engines the two calls may overtake each other.
            reason = (await GetAsync(id)).WaitReason;
        }
        while (!leasing.IsCompleted && !reason!.Contains("'math.add'", StringComparison.Ordinal));

        TaskGrant grant = await LocalExecutor().TakeAsync();

        Assert.Equal("No executor runs 'math.add' at present: 'math.add' has a rest.", reason);
        Assert.Equal(id, grant.Id);
        await executor.LeaveAsync();
        Assert.Empty(await leasing);
    }

    [Fact]
    public async Task RefusedKind_IsSaidToWaitForAnExecutor_AlsoBetweenTwoRequests()
    {
        TaskId id = await SubmitAsync();
        TestExecutor first = LocalExecutor();
        TestExecutor second = RemoteExecutor();

        // Again and again: the partition forgets an executor that keeps silent.
        await UntilAsync(() => AskInVainAsync(first, "math.add"), id, "'math.add' has a rest.");
        await UntilAsync(() => AskInVainAsync(second, "math.multiply", "math.add"), id, "'math.add' has a rest.");
        Assert.Equal(id, Assert.Single(await first.LeaseAsync(1, TimeSpan.Zero)).Id);

        Assert.Contains("All workers are busy", (await GetAsync(await SubmitAsync())).WaitReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TaskBehindOneThatRunsAlone_NamesIt()
    {
        TaskId id = await SubmitAsync();
        TestExecutor executor = LocalExecutor();
        TaskId alone = TaskId.New(Partition + 1, TimeProvider.System);
        await AskInVainAsync(executor, "math.add");

        await UntilAsync(
            () => executor.RunAloneAsync(alone), id, $"Silo {Cluster.Silos[0]} runs nothing beside task {alone}, under which its executor was lost before.");

        // Another silo is not kept from running it.
        TestExecutor other = RemoteExecutor();
        await UntilAsync(() => AskInVainAsync(other, "math.add"), id, "'math.add' has a rest.");
        Assert.Equal(id, (await executor.TakeAsync()).Id);
        Assert.Contains("All workers are busy", (await GetAsync(await SubmitAsync())).WaitReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TaskUnderWhichAnExecutorWasLost_SaysThatItRunsAlone()
    {
        TaskId id = await SubmitAsync();
        await RemoteExecutor().TakeAsync();
        await StateAsync(id, TaskState.Queued);

        Assert.StartsWith("It runs alone, because its executor was lost under it before", (await GetAsync(id)).WaitReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TaskThatIsNotDue_SaysWhen_AsItIsStored()
    {
        DateTimeOffset due = new DateTimeOffset(2100, 1, 1, 12, 0, 0, TimeSpan.FromHours(1)).AddTicks(1_234_567);

        TaskInfo info = await GetAsync(await SubmitAsync(New() with { RunAt = due, Deadline = due.AddDays(1) }));

        Assert.Equal((due.AddTicks(-4_567), due.AddDays(1).AddTicks(-4_567)), (info.DueAt, info.Deadline!.Value));
        Assert.Equal("It is not due before 2100-01-01T11:00:00.1230000Z.", info.WaitReason);
    }

    private static async Task AskInVainAsync(TestExecutor executor, params ImmutableArray<string> refusedKinds) =>
        Assert.Empty(await executor.LeaseAsync(1, TimeSpan.Zero, refusedKinds));

    private async Task UntilAsync(Func<Task> ask, TaskId id, string reason)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        do
        {
            Assert.False(patience.IsCancellationRequested, $"'{reason}' did not become the task's reason to wait within 20 s.");
            await ask();
        }
        while ((await GetAsync(id)).WaitReason?.Contains(reason, StringComparison.Ordinal) != true);
    }
}
