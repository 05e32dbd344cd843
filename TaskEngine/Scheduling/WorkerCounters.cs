using System.Runtime.InteropServices;

namespace Gristmill.Scheduling;

/// <summary>
/// What one worker has done. Written by that worker only, without atomics; anyone may read, and sees each number as it was a
/// moment ago. Alone on its cache lines, so that reading and the neighbours' writing cost the worker nothing.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 384)]
internal struct WorkerCounters
{
    [FieldOffset(128)]
    public long Spawned;

    [FieldOffset(136)]
    public long Executed;

    /// <summary>Items taken from other workers.</summary>
    [FieldOffset(144)]
    public long Stolen;

    /// <summary>Sweeps over all other workers that found nothing.</summary>
    [FieldOffset(152)]
    public long FailedSweeps;

    [FieldOffset(160)]
    public long Parks;

    /// <summary>Other workers woken by this one.</summary>
    [FieldOffset(168)]
    public long Wakes;

    /// <summary>Items taken from the injectors.</summary>
    [FieldOffset(176)]
    public long Injected;

    /// <summary>Items that threw out of <see cref="WorkItem.Execute"/>.</summary>
    [FieldOffset(184)]
    public long Unhandled;
}
