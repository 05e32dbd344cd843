namespace Gristmill.Storage.Tests.Tasks;

/// <summary>One activation of a partition: knows its epoch and counts its groups.</summary>
internal sealed class PartitionWriter
{
    private readonly ITaskStore _store;

    private PartitionWriter(ITaskStore store, int partition, PartitionPosition position)
    {
        _store = store;
        Partition = partition;
        Position = position;
    }

    public int Partition { get; }

    public PartitionPosition Position { get; private set; }

    public long Epoch => Position.Epoch;

    public static async Task<PartitionWriter> OpenAsync(ITaskStore store, int partition) =>
        new(store, partition, await store.OpenPartitionAsync(partition, TestContext.Current.CancellationToken));

    public Task CommitAsync(params TaskChange[] changes) => CommitAsync(changes, []);

    public async Task CommitAsync(TaskChange[] changes, ScheduleChange[] schedules)
    {
        await TryCommitAsync(changes, schedules);
        Position = Position with { Sequence = Position.Sequence + 1 };
    }

    /// <summary>Commits without counting: for groups that are to be refused.</summary>
    public Task TryCommitAsync(params TaskChange[] changes) => TryCommitAsync(changes, []);

    public async Task TryCommitAsync(TaskChange[] changes, ScheduleChange[] schedules) => await _store.CommitAsync(
        new TaskGroup(Partition, Epoch, Position.Sequence + 1, changes) { Schedules = schedules }, TestContext.Current.CancellationToken);
}
