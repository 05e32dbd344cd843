namespace Orleans.Runtime;

/// <summary>A timer whose ticks run as calls of its grain. Disposing it stops it; it ends with its activation.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Sets both times anew. Called during a tick, it takes effect when the tick ends; while a tick is due and waits its turn, only the period does.</summary>
    /// <param name="dueTime">Time to the next tick; <see cref="Timeout.InfiniteTimeSpan"/> means none.</param>
    /// <param name="period">Time from the end of a tick to the next; infinite means one tick only.</param>
    void Change(TimeSpan dueTime, TimeSpan period);
}
