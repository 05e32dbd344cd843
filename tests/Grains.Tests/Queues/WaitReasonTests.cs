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

        Assert.Contains("No executor runs 'math.add'", reason, StringComparison.Ordinal);
        Assert.Equal(id, grant.Id);
        await executor.LeaveAsync();
        Assert.Empty(await leasing);
    }
}
