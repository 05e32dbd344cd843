namespace Gristmill;

/// <summary>
/// A piece of work in its cheapest form: an object that is queued as it is. Nothing is allocated to run it, so a caller that keeps
/// its items can run any number of them for free. An item may be queued again once its <see cref="Execute"/> has begun, never
/// while it is still queued.
/// </summary>
public abstract class WorkItem
{
    /// <summary>The next item of a chain in the injector. Written by the producer before it publishes the chain.</summary>
    internal WorkItem? Next;

    /// <summary>Items of the chain from here on, this one included. Written with <see cref="Next"/>.</summary>
    internal int ChainLength;

    /// <summary>When the item became ready, on the pool's coarse clock; read by diagnostics.</summary>
    internal long ReadyAt;

    /// <summary>Finish by, in <see cref="TimeProvider"/> timestamps; <see cref="NoDeadline"/> puts the item behind all that have one.</summary>
    internal long Deadline = NoDeadline;

    /// <summary>0 runs first.</summary>
    internal int Lane;

    internal const long NoDeadline = long.MaxValue;

    /// <summary>Half of a fork: its owner will want it back soon, so thieves take one at a time.</summary>
    internal virtual bool IsFork => false;

    /// <summary>
    /// Runs the work on a worker. Must not throw: an exception that leaves here is logged and counted, and nobody else hears of it.
    /// </summary>
    protected internal abstract void Execute();
}
