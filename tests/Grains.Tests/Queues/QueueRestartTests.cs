using System.Collections.Immutable;
using Gristmill.Grains.Queues;
using Gristmill.Grains.Tasks;
using Gristmill.Grains.Tests.Tasks;

namespace Gristmill.Grains.Tests.Queues;

public sealed class QueueRestartTests(LeaseCluster cluster) : PartitionTest(cluster)
{
    [Fact]
    public async Task PartitionOpenedAgain_CountsWhatRuns()
    {
        string queue = $"limited-{Partition}";
        await Cluster.Grains.GetGrain<IQueueGrain>(queue).PutAsync(new QueueLimits(MaxConcurrency: 1));
        TaskId first = await SubmitAsync(New() with { Queue = queue, Priority = 6 });
        TaskId second = await SubmitAsync(New() with { Queue = queue });
        TestExecutor executor = LocalExecutor();
        TaskGrant grant = await executor.TakeAsync();
        Assert.Equal(first, grant.Id);

        await ReopenAsync();
        await executor.HeartbeatAsync(grant);
        Assert.Empty(await executor.LeaseAsync(patience: TimeSpan.FromMilliseconds(300)));
        Assert.Contains("may run 1 at once", (await GetAsync(second)).WaitReason, StringComparison.Ordinal);

        Assert.Equal(CompletionReply.Recorded, await executor.CompleteAsync(grant));
        TaskGrant next = await executor.TakeAsync();
        Assert.Equal(second, next.Id);
        Assert.Equal(CompletionReply.Recorded, await executor.CompleteAsync(next));
    }

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

        Assert.Contains("No executor runs 'math.add'", reason, StringComparison.Ordinal);
        Assert.Equal(id, grant.Id);
        await executor.LeaveAsync();
        Assert.Empty(await leasing);
    }
}
