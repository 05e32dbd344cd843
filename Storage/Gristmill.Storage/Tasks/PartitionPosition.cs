namespace Gristmill.Storage;

/// <summary>Where a partition's writing stands.</summary>
/// <param name="Epoch">Raised by each activation that opens the partition; only the last one can write.</param>
/// <param name="Sequence">The number of the last committed group; 0 before the first. Goes on across epochs.</param>
public readonly record struct PartitionPosition(long Epoch, long Sequence);

/// <summary>
/// A group was not written because the partition is elsewhere: another activation has opened it, or the sequence numbers have come apart.
/// The activation that gets it must stop.
/// </summary>
public sealed class PartitionFencedException(int partition, PartitionPosition expected, PartitionPosition actual)
    : GristmillException(
        ErrorCodes.Unavailable, $"Partition {partition} is at {Describe(actual)}, not at {Describe(expected)}.", isTransient: true)
{
    public int Partition { get; } = partition;

    /// <summary>Where the writer took the partition to be.</summary>
    public PartitionPosition Expected { get; } = expected;

    public PartitionPosition Actual { get; } = actual;

    private static string Describe(PartitionPosition position) => $"epoch {position.Epoch}, group {position.Sequence}";
}

/// <summary>The store was made with another number of partitions, which every task id carries.</summary>
public sealed class PartitionCountException(int found, int configured)
    : StartupException($"The store was made with {found} task partitions, and Tasks:Partitions is {configured}: set it to {found}.")
{
    public int Found { get; } = found;

    public int Configured { get; } = configured;
}
