using System.Text;
using Gristmill.Grains.Tasks;
using Gristmill.Storage;

namespace Gristmill.Grains.Tests.Tasks;

public sealed class PurgeTests(LeaseCluster cluster) : PartitionTest(cluster)
{
    [Fact]
    public async Task PartitionZero_DeletesWhatIsOverAndOld_OfEveryPartition()
    {
        StoredTask old = Row(TaskState.Succeeded, daysAgo: 2);
        StoredTask recent = Row(TaskState.Succeeded, daysAgo: 0);
        StoredTask failed = Row(TaskState.Failed, daysAgo: 2);
        StoredTask oldFailed = Row(TaskState.Failed, daysAgo: 8);
        StoredTask waiting = Row(TaskState.Queued, daysAgo: 8);
        PartitionPosition position = await Store.Inner.OpenPartitionAsync(Partition);
        await Store.Inner.CommitAsync(new TaskGroup(
            Partition, position.Epoch, position.Sequence + 1, [.. new[] { old, recent, failed, oldFailed, waiting }.Select(row => new TaskInsert(row))]));

        // Each activation of partition 0 purges when it begins.
        Task purged = Store.NextPurge;
        ITaskPartitionGrain zero = Cluster.Grains.GetGrain<ITaskPartitionGrain>(0);
        Assert.Null(await zero.GetAsync(TaskId.New(0, TimeProvider.System)));
        await ReopenAsync(0);
        Assert.Null(await zero.GetAsync(TaskId.New(0, TimeProvider.System)));
        await purged.WaitAsync(s_patience);

        TaskId[] left = [.. (await Task.WhenAll(new[] { old, recent, failed, oldFailed, waiting }.Select(row => Store.Inner.ReadAsync(row.Id).AsTask())))
            .OfType<StoredTask>().Select(row => row.Id)];
        Assert.Equal([recent.Id, failed.Id, waiting.Id], left);
    }

    private StoredTask Row(TaskState state, int daysAgo)
    {
        DateTimeOffset then = DateTimeOffset.UtcNow.AddDays(-daysAgo).AddMinutes(-1);
        return new StoredTask
        {
            Id = new TaskId(((UInt128)(ulong)then.ToUnixTimeMilliseconds() << 80) | (New().Id.Value & (((UInt128)1 << 80) - 1))),
            Kind = "math.add",
            Queue = "default",
            Input = Encoding.UTF8.GetBytes("{}"),
            InputLength = 2,
            Progress = new TaskProgress { State = state, DueAt = then, FinishedAt = state.IsTerminal() ? then : null },
        };
    }
}
