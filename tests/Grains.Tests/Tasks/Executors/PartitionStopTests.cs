using System.Collections.Immutable;
using Gristmill.Grains.Tasks;
using Gristmill.Storage;

namespace Gristmill.Grains.Tests.Tasks.Executors;

[Collection(nameof(TaskExecutorTests))]
public sealed class PartitionStopTests
{
    [Fact]
    public async Task SiloThatStops_AnswersThoseWhoWaitInItsPartitions()
    {
        await using ExecutorCluster cluster = await ExecutorCluster.StartAsync(new MemoryTaskStore(), options => options.Execute = false);
        TaskId id = await cluster.SubmitAsync(ExecutorCluster.New(1, "test.gate"));
        ITaskPartitionGrain partition = cluster.GrainsOfTheSilo.GetGrain<ITaskPartitionGrain>(1);
        long version = (await partition.GetAsync(id))!.Version;
        // Of a silo that goes on.
        var executor = new TestExecutor(cluster.GrainsOfTheSilo.GetGrain<ITaskLeaseGrain>(1), "127.0.0.1:1@1");
        Task<ImmutableArray<TaskGrant>> leasing = executor.LeaseAsync(1, TimeSpan.FromSeconds(10), "test.gate");
        Task<TaskInfo?> waiting = partition.WaitAsync(id, TimeSpan.FromSeconds(20));
        Task<TaskInfo?> watching = partition.WatchAsync(id, version, TimeSpan.FromSeconds(20));
        // Whoever asked before has begun to wait when this is answered.
        await partition.GetAsync(id);

        await cluster.StopAsync();

        Assert.Empty(await leasing);
        Assert.Equal(TaskState.Queued, (await waiting)!.State);
        Assert.Equal(TaskState.Queued, (await watching)!.State);
    }
}
