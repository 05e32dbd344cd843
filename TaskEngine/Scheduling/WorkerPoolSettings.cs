namespace Gristmill.Scheduling;

/// <summary>What a <see cref="WorkerPool"/> needs to know; the public options are checked before they become this.</summary>
internal sealed record WorkerPoolSettings
{
    public required int Workers { get; init; }

    public int Lanes { get; init; } = 3;

    public bool StealsWork { get; init; } = true;

    /// <summary>Called by the monitor at every tick; true keeps it ticking although all workers sleep.</summary>
    public Func<bool>? OnTick { get; init; }

    public string Name { get; init; } = "gristmill";
}
