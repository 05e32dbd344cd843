using System.ComponentModel.DataAnnotations;

namespace Gristmill.Storage;

/// <summary>What a fault-injecting store does to its callers. Each rate is a share of calls, 0 to 1; together they are at most 1.</summary>
public sealed class StorageFaultOptions
{
    /// <summary>Chooses the faults: the n-th call of a store meets the same fault for the same seed. Defaults to 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>The call is not carried out; a write's caller is not told so, only that it has no answer.</summary>
    [Range(0, 1)]
    public double TimeoutRate { get; set; }

    /// <summary>The write is carried out and its answer lost.</summary>
    [Range(0, 1)]
    public double ExecuteAndTimeoutRate { get; set; }

    /// <summary>The call is refused with a <see cref="StorageUnavailableException"/> and not carried out.</summary>
    [Range(0, 1)]
    public double BusyRate { get; set; }

    /// <summary>The call takes up to <see cref="MaxLatency"/> longer.</summary>
    [Range(0, 1)]
    public double LatencyRate { get; set; }

    /// <summary>Somebody else changes the record's version just before the write.</summary>
    [Range(0, 1)]
    public double ConflictRate { get; set; }

    /// <summary>Defaults to 20 ms.</summary>
    public TimeSpan MaxLatency { get; set; } = TimeSpan.FromMilliseconds(20);
}
