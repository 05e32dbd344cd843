using System.Diagnostics;

namespace Gristmill.Scheduling;

/// <summary>
/// Decides, tick by tick, whether the pool needs more threads or fewer. No search for a best number: more when ready work waits although
/// every thread runs, fewer when threads have had nothing to do for long. On the monitor's thread.
/// </summary>
internal sealed class ThreadCountPolicy(WorkerPool pool)
{
    // Ready work this old means that the threads there are do not suffice.
    private static readonly long s_tooOld = Stopwatch.Frequency / 200;

    // A worker that seems to compute is given this long before another thread shares its core.
    private static readonly long s_longComputation = Stopwatch.Frequency;

    private static readonly long s_retireAfter = Stopwatch.Frequency / 2;
    private static readonly long s_shrinkAfter = Stopwatch.Frequency * 10;

    private readonly long _stuckTicks = (long)(pool.Settings.StuckAfter.TotalSeconds * Stopwatch.Frequency);
    private long _idleSince;
    private long _surplusSince;

    public void Tick(long now, bool allAsleep)
    {
        if (!allAsleep && !pool.Idle.SomeoneSleeps && pool.Idle.Searchers == 0)
        {
            _idleSince = now;
            WriteOffStuckWorkers(now);
            Grow(now);
        }

        Shrink(now);
        Retire(now);
    }

    /// <summary>The pool falls asleep: what was added for load may go.</summary>
    public void OnDormancy()
    {
        if (pool.Settings.MinWorkers is { } least && pool.WorkerCount > least)
            pool.SetTarget(least);
    }

    // Only with work waiting: a worker that is long in one item harms nobody otherwise.
    private void WriteOffStuckWorkers(long now)
    {
        bool isWorkWaiting = pool.HasWork;
        for (int i = 0; i < pool.SlotCount; i++)
        {
            if (pool.WorkerAt(i) is not { Thread: { } thread } worker)
                continue;
            long inOneItem = worker.TicksInOneItem(now);
            if (!isWorkWaiting || inOneItem < _stuckTicks)
                continue;
            bool waits = (thread.ThreadState & System.Threading.ThreadState.WaitSleepJoin) != 0;
            if (waits || inOneItem >= s_longComputation)
                pool.WriteOff(worker, waits);
        }
    }

    private void Grow(long now)
    {
        if (pool.WorkerCount < pool.Settings.Workers && pool.OldestReadyAge(now) > s_tooOld)
            pool.SetTarget(pool.WorkerCount + 1);
    }

    private void Shrink(long now)
    {
        if (pool.Settings.MinWorkers is not { } least || pool.WorkerCount <= least || now - _idleSince < s_shrinkAfter)
            return;
        _idleSince = now;
        pool.SetTarget(pool.WorkerCount - 1);
    }

    private void Retire(long now)
    {
        if (!pool.HasSurplus)
        {
            _surplusSince = now;
            return;
        }

        // Not at once: who blocked a moment ago may block again.
        if (now - _surplusSince < s_retireAfter || !pool.Idle.SomeoneSleeps)
            return;
        _surplusSince = now;
        pool.RetireOne();
    }
}
