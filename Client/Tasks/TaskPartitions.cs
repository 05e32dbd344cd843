using System.Globalization;
using Gristmill.Client.Errors;
using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Tasks;

/// <summary>The partitions that durable tasks are divided into. Safe from any thread: two callers may read their number at once, and either is right.</summary>
internal sealed class TaskPartitions(IGrainFactory grains)
{
    private int _turn;

    // Their number never changes, so they are found once.
    private volatile ITaskPartitionGrain[]? _partitions;

    public async ValueTask<ITaskPartitionGrain[]> AllAsync(CancellationToken cancellationToken)
    {
        if (_partitions is { } known)
            return known;
        int count = await grains.GetGrain<ITaskQueryGrain>(0).CountPartitionsAsync(cancellationToken);
        return _partitions = [.. Enumerable.Range(0, count).Select(partition => grains.GetGrain<ITaskPartitionGrain>(partition))];
    }

    /// <summary>The next partition in turn, for a task that may live in any.</summary>
    public int Next(int count) => (int)((uint)Interlocked.Increment(ref _turn) % (uint)count);

    /// <summary>The partition of all tasks that one caller sends with one key; the same in every gateway and for ever.</summary>
    public static int Of(string callerAndKey, int count)
    {
        var hash = new StableHash();
        hash.Add(callerAndKey);
        return (int)(hash.Value % (uint)count);
    }

    /// <summary>The partition of a task that a client names.</summary>
    /// <exception cref="RequestException">400: no task id; 404: no task can have it.</exception>
    public async ValueTask<(TaskId Id, ITaskPartitionGrain Partition)> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (!TaskId.TryParse(id, CultureInfo.InvariantCulture, out TaskId task))
            throw RequestException.BadField("id", "must be a task id: 26 letters and digits, as an answer gave it");
        ITaskPartitionGrain[] all = await AllAsync(cancellationToken);
        return task.Partition < all.Length ? (task, all[task.Partition]) : throw NoSuchTask(task);
    }

    public static RequestException NoSuchTask(TaskId id) =>
        RequestException.NotFound($"There is no task {id}. A task that is over is kept for a limited time.");
}
