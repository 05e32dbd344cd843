namespace Gristmill.Scheduling;

/// <summary>What a <see cref="WorkerPool"/> needs to know; the public options are checked before they become this.</summary>
internal sealed record WorkerPoolSettings
{
    /// <summary>Workers that run at most, not counting those that are blocked.</summary>
    public required int Workers { get; init; }

    /// <summary>Workers that stay when there is little to do; null means all.</summary>
    public int? MinWorkers { get; init; }

    /// <summary>Threads beyond <see cref="Workers"/> that may stand in for blocked ones.</summary>
    public int MaxStandIns { get; init; } = 32;

    /// <summary>How long a worker is in one item before it counts as stuck, if it waits.</summary>
    public TimeSpan StuckAfter { get; init; } = TimeSpan.FromMilliseconds(50);

    public int Lanes { get; init; } = 3;

    public bool StealsWork { get; init; } = true;

    /// <summary>Called by the monitor at every tick; true keeps it ticking although all workers sleep.</summary>
    public Func<bool>? OnTick { get; init; }

    /// <summary>Called by each thread before its first item, with the index of its worker. At no time do two threads have one worker.</summary>
    public Action<int>? OnThreadStart { get; init; }

    public string Name { get; init; } = "gristmill";
}
