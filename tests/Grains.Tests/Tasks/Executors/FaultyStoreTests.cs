using Gristmill.Grains.Tasks;
using Gristmill.Storage;

namespace Gristmill.Grains.Tests.Tasks.Executors;

/// <summary>The functions of durable tasks on a store of which every tenth call meets a fault.</summary>
[Collection(nameof(TaskExecutorTests))]
public sealed class FaultyStoreTests
{
    private const int Count = 120;

    [Fact]
    public async Task EveryTask_IsAcceptedOnce_AndEndsOnce()
    {
        var options = new StorageFaultOptions { Seed = 1, TimeoutRate = 0.02, ExecuteAndTimeoutRate = 0.02, BusyRate = 0.02, LatencyRate = 0.02, ConflictRate = 0.02 };
        var faults = new StorageFaults(options, TimeProvider.System);
        var rows = new MemoryTaskStore();
        await using ExecutorCluster cluster = await ExecutorCluster.StartAsync(new FaultInjectingTaskStore(rows, faults));

        NewTask[] tasks = [.. Enumerable.Range(0, Count).Select(NewTask)];
        TaskId[] ids = await Task.WhenAll(tasks.Select(task => SubmitAsync(cluster, task)));
        TaskInfo[] ends = await Task.WhenAll(ids.Select(id => EndAsync(cluster, id)));

        Assert.Equal(tasks.Select(task => task.Id), ids);
        for (int i = 0; i < Count; i++)
            Assert.Equal((i, i % 3 == 2 ? TaskState.Failed : TaskState.Succeeded, 0), (i, ends[i].State, ends[i].Crashes));
        TaskPage page = await rows.ListAsync(TaskFilter.All, null, 10 * Count);
        Assert.Equal(Count, page.Tasks.Length);
        Assert.All(
            new[] { StorageFault.Timeout, StorageFault.ExecuteAndTimeout, StorageFault.Busy, StorageFault.Conflict },
            fault => Assert.True(faults.Count(fault) > 0, $"No fault of the kind {fault} came."));
    }

    [Fact]
    public async Task GrantWhoseLongInputCannotBeRead_IsLostAlone_AndGrantedAgain()
    {
        const int Partition = 1;
        var store = new ScriptedTaskStore(new MemoryTaskStore());
        await using ExecutorCluster cluster = await ExecutorCluster.StartAsync(store, options =>
        {
            options.Execute = false;
            options.LeasePeriod = TimeSpan.FromMinutes(10);
        });
        string longInput = $$"""{"operands":[{{string.Join(',', Enumerable.Repeat("1234567", 100))}}]}""";
        TaskId withShort = await cluster.SubmitAsync(ExecutorCluster.New(Partition, "math.add"));
        TaskId withLong = await cluster.SubmitAsync(ExecutorCluster.New(Partition, "math.add", longInput));
        store.FailNextRead(Partition, new StorageUnavailableException("Busy."));
        var executor = new TestExecutor(cluster.Grains.GetGrain<ITaskLeaseGrain>(Partition), "S127.0.0.1:1:1");

        TaskGrant first = Assert.Single(await executor.LeaseAsync(credit: 2));
        await executor.HeartbeatAsync(first);
        await executor.HeartbeatAsync(first);
        TaskGrant second = Assert.Single(await executor.LeaseAsync(credit: 2));

        Assert.Equal((withShort, withLong), (first.Id, second.Id));
        Assert.Equal((1, 2, false), (first.Number, second.Number, second.Alone));
    }

    // Every third by its id, every third with a key, and every third one that fails after its retries.
    private static NewTask NewTask(int i) => (i % 3) switch
    {
        0 => ExecutorCluster.New(i % ExecutorCluster.Partitions, "math.add"),
        1 => ExecutorCluster.New(i % ExecutorCluster.Partitions, "math.add") with { IdempotencyKey = $"key-{i}", BodyHash = new byte[] { 1 } },
        _ => ExecutorCluster.New(i % ExecutorCluster.Partitions, "test.fail") with { MaxAttempts = 2 },
    };

    // As a client does that does not know what became of its request.
    private static async Task<TaskId> SubmitAsync(ExecutorCluster cluster, NewTask task)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return await cluster.SubmitAsync(task with { IsRepeat = attempt > 0 });
            }
            catch (Exception exception) when (MayPass(exception) && attempt < 100)
            {
                await Task.Yield();
            }
        }
    }

    private static async Task<TaskInfo> EndAsync(ExecutorCluster cluster, TaskId id)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return await cluster.EndAsync(id);
            }
            catch (Exception exception) when (MayPass(exception) && attempt < 100)
            {
                await Task.Yield();
            }
        }
    }

    // A failed activation answers with what failed it, in whatever form the grain engine gives it.
    private static bool MayPass(Exception exception) => exception is GrainCallException { Error.IsTransient: true }
        or GristmillException { Code: ErrorCodes.StorageUnavailable or ErrorCodes.Unavailable } or OrleansException;
}
