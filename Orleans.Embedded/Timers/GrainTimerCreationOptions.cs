using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>How a grain timer ticks.</summary>
public readonly struct GrainTimerCreationOptions
{
    public GrainTimerCreationOptions()
    {
    }

    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>Time to the first tick; <see cref="Timeout.InfiniteTimeSpan"/> means none until the timer is changed.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>Time from the end of a tick to the next; infinite means one tick only.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>True lets ticks run between the turns of other calls. Defaults to false: a tick waits its turn.</summary>
    public bool Interleave { get; init; }

    /// <summary>
    /// True makes ticks count as use of the grain. Defaults to false: an idle grain is collected, timer or not.
    /// </summary>
    public bool KeepAlive { get; init; }
}
