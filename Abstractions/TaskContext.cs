namespace Gristmill;

/// <summary>
/// What a running handler may ask of the engine. One context serves one attempt of one task and must not be kept after the handler
/// has returned: the engine reuses it.
/// </summary>
public abstract class TaskContext
{
    public abstract TaskId Id { get; }

    /// <summary>1 for the first attempt.</summary>
    public abstract int Attempt { get; }

    /// <summary>
    /// Which life of its partition gave the task out for this attempt; a later life has a higher number. 0 where the task is not stored. For logs
    /// of what ran when: with <see cref="Id"/> and <see cref="Attempt"/> it tells runs apart that a lost partition led to.
    /// </summary>
    public virtual long Epoch => 0;

    /// <summary>Fires on cancellation, time-out, deadline and drain.</summary>
    public abstract CancellationToken CancellationToken { get; }

    /// <summary>Takes progress from 0 to 1. Cheap: only the latest value is kept.</summary>
    public abstract IProgress<double> Progress { get; }

    /// <summary>Services of the host; an empty provider in a program that has none.</summary>
    public abstract IServiceProvider Services { get; }
}
