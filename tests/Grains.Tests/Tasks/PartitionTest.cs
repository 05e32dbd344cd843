using System.Net;
using System.Text;
using Gristmill.Grains.Tasks;
using Gristmill.Storage;

namespace Gristmill.Grains.Tests.Tasks;

/// <summary>A test with a partition of its own.</summary>
[Collection(nameof(LeaseCluster))]
public abstract class PartitionTest(LeaseCluster cluster)
{
    private protected static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    private static int s_lastGeneration;

    private protected LeaseCluster Cluster { get; } = cluster;

    private protected int Partition { get; } = LeaseCluster.NextPartition();

    private protected static ScriptedTaskStore Store => LeaseCluster.Store;

    private protected ITaskPartitionGrain Tasks => Cluster.Grains.GetGrain<ITaskPartitionGrain>(Partition);

    private protected ITaskLeaseGrain Leases => Cluster.Grains.GetGrain<ITaskLeaseGrain>(Partition);

    /// <summary>An executor of a silo that is there.</summary>
    private protected TestExecutor LocalExecutor() => new(Leases, Cluster.Silos[0]);

    /// <summary>An executor of a silo of its own, which is not there.</summary>
    private protected TestExecutor RemoteExecutor() =>
        new(Leases, SiloAddress.New(IPAddress.Loopback, 1, Interlocked.Increment(ref s_lastGeneration)).ToParsableString());

    private protected NewTask New(string input = """{"operands":[1]}""") =>
        new() { Id = TaskId.New(Partition, TimeProvider.System), Kind = "math.add", Input = Encoding.UTF8.GetBytes(input) };

    private protected async Task<SubmitReply> TrySubmitAsync(NewTask task) => Assert.Single(await Tasks.SubmitAsync([task]));

    private protected async Task<TaskId> SubmitAsync(NewTask? task = null)
    {
        SubmitReply reply = await TrySubmitAsync(task ?? New());
        Assert.Null(reply.Error);
        return reply.Id;
    }

    private protected async Task<TaskInfo> GetAsync(TaskId id) => Assert.IsType<TaskInfo>(await Tasks.GetAsync(id));

    /// <summary>Waits until the task is over.</summary>
    private protected async Task<TaskInfo> EndAsync(TaskId id)
    {
        TaskInfo info = Assert.IsType<TaskInfo>(await Tasks.WaitAsync(id, s_patience));
        Assert.True(info.State.IsTerminal(), $"The task was still {info.State} after {s_patience}.");
        return info;
    }

    /// <summary>Waits until the task is in the state.</summary>
    private protected async Task<TaskInfo> StateAsync(TaskId id, TaskState state)
    {
        TaskInfo info = await GetAsync(id);
        while (info.State != state)
        {
            TaskInfo next = Assert.IsType<TaskInfo>(await Tasks.WatchAsync(id, info.Version, s_patience));
            Assert.True(next.Version != info.Version, $"The task stayed {info.State} for {s_patience}; {state} was awaited.");
            info = next;
        }

        return info;
    }

    private protected static async Task<StoredTask> RowAsync(TaskId id) =>
        Assert.IsType<StoredTask>(await Store.Inner.ReadAsync(id, TestContext.Current.CancellationToken));

    private protected async Task<TaskReply> CancelAsync(TaskId id) => Assert.Single(await Tasks.CancelAsync([id]));

    /// <summary>Has another activation serve the partition, as after a crash.</summary>
    private protected Task ReopenAsync() => ReopenAsync(Partition);

    private protected async Task ReopenAsync(int partition)
    {
        await Store.Inner.OpenPartitionAsync(partition);
        NewTask task = New() with { Id = TaskId.New(partition, TimeProvider.System), RunAt = DateTimeOffset.MaxValue };
        TaskError error = await TransientFailureOf(() => Cluster.Grains.GetGrain<ITaskPartitionGrain>(partition).SubmitAsync([task]));
        Assert.Equal(ErrorCodes.Unavailable, error.Code);
    }

    /// <summary>What the call fails with: something that the caller may try again.</summary>
    private protected static async Task<TaskError> TransientFailureOf(Func<Task> call)
    {
        GrainCallException failure = await Assert.ThrowsAsync<GrainCallException>(call);
        Assert.True(failure.Error.IsTransient, failure.Error.ToString());
        return failure.Error;
    }
}
