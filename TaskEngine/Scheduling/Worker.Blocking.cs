namespace Gristmill.Scheduling;

/// <summary>What happens when the code that a worker runs does not come back for a while.</summary>
internal sealed partial class Worker
{
    // Set by the monitor, taken back by the worker: the pool counts this worker as blocked.
    private volatile bool _isWrittenOff;
    private volatile bool _mayRetire;

    // The monitor's own.
    private long _seenProgress = -1;
    private long _seenSince;

    /// <summary>The thread that runs the worker now; null when none does. Set by the pool, under its lock.</summary>
    public Thread? Thread { get; set; }

    /// <summary>Counts scopes inside each other: only the outermost one counts for the pool. Changed atomically: a scope may be left on a wrong thread.</summary>
    public int BlockingDepth;

    /// <summary>The monitor: lets a sleeping worker leave when it is woken next.</summary>
    public void LetRetire() => _mayRetire = true;

    /// <summary>The worker is about to block: what lies in its slot must not wait for it.</summary>
    public void HandOffSlot()
    {
        if (TakeSlot() is not { } item)
            return;
        _deques[item.Lane].Push(item);
        Pool.NotifyPush(this);
    }

    /// <summary>The monitor: how long the worker has been in one item, judged by its counters; zero when it got on.</summary>
    public long TicksInOneItem(long now)
    {
        // Sleep is progress too: an item that was begun after it is new.
        long progress = Volatile.Read(ref Counters.Executed) + Volatile.Read(ref Counters.Parks);
        if (progress != _seenProgress)
        {
            _seenProgress = progress;
            _seenSince = now;
        }

        return now - _seenSince;
    }

    /// <summary>The monitor: counts the worker as blocked until it comes back. False when it is counted already.</summary>
    public bool TryWriteOff()
    {
        if (_isWrittenOff || Volatile.Read(ref BlockingDepth) > 0)
            return false;
        _isWrittenOff = true;
        return true;
    }

    private bool TryRetire()
    {
        if (!_mayRetire)
            return false;
        _mayRetire = false;
        return Pool.TryRetire(this);
    }

    private void ReturnFromLongItem()
    {
        _isWrittenOff = false;
        Pool.OnUnblocked();
    }
}
