namespace Gristmill.Scheduling;

/// <summary>
/// Puts one thread to sleep and wakes it. A wake that comes before the sleep is kept, so none is lost; two wakes before one sleep
/// count as one. <see cref="Park()"/> belongs to one thread, <see cref="Unpark"/> is safe from any.
/// </summary>
#pragma warning disable CA1001 // Lives as long as its thread; another thread may be waking it at any time, so nobody could dispose it.
internal sealed class Parker
#pragma warning restore CA1001
{
    private readonly AutoResetEvent _signal = new(false);

    public void Park() => _signal.WaitOne();

    /// <summary>False when the time ran out.</summary>
    public bool Park(TimeSpan limit) => _signal.WaitOne(limit);

    public void Unpark() => _signal.Set();
}
