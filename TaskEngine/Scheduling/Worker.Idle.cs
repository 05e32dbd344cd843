using System.Diagnostics;

namespace Gristmill.Scheduling;

/// <summary>What a worker does without work of its own: search, then sleep.</summary>
internal sealed partial class Worker
{
    // About what a wake costs the waker: searching longer costs more than it can save, shorter pays for wakes that were not needed.
    private static readonly long s_searchTicks = Environment.ProcessorCount > 1 ? Stopwatch.Frequency / 1_000_000 * 25 : 0;

    // A sweep and a look at the time take as long as a few looks at the injectors.
    private const int LooksPerSweep = 4;

    /// <summary>Finds work elsewhere, sleeping as often as needed; null when the pool stops and nothing is left.</summary>
    private WorkItem? Search()
    {
        // One look without being counted: with work at hand nobody need know that it was sought.
        if ((TakeInjected() ?? Sweep(stealSlots: false)) is { } near)
            return near;

        bool searching = Pool.Idle.TryStartSearch(Pool.SearcherLimit);
        while (true)
        {
            // The own queues too: what wakes a worker may lie there, and nobody else need be able to take it.
            if (searching && (TakeLocal() ?? SearchAwhile()) is { } item)
            {
                // The last searcher to find work makes sure that more work has a searcher too: producers that saw it searching
                // woke nobody.
                if (Pool.Idle.EndSearch())
                    Pool.WakeIfWorkIsLeft(this);
                return item;
            }

            if (Pool.IsStopping && !Pool.HasWork)
            {
                if (searching)
                    Pool.Idle.EndSearch();
                return null;
            }

            Sleep(searching);
            // Whoever woke this worker has counted it as a searcher.
            searching = true;
            if (TryRetire())
            {
                if (Pool.Idle.EndSearch())
                    Pool.WakeIfWorkIsLeft(this);
                return null;
            }
        }
    }

    private WorkItem? SearchAwhile(JoinFrame? until = null)
    {
        long now = Stopwatch.GetTimestamp();
        long end = now + s_searchTicks;
        _poll.Resume(now);
        for (int round = 0; ; round++)
        {
            // A slot's owner is about to run what is in it: it is stolen only when the owner seems busy.
            WorkItem? item = TakeInjected() ?? Sweep(stealSlots: round > 1);
            if (item is not null)
                return item;

            if (until is { IsDone: true } || (round > 1 && Stopwatch.GetTimestamp() >= end))
                return null;
            // Most of what comes comes from outside. These looks cost little while nothing changes: all that they read is in this core's cache.
            for (int i = 0; i < LooksPerSweep && !Pool.HasInjected; i++)
                Processor.Pause();
        }
    }

    /// <summary>
    /// Two-phase parking. Announce; barrier; look at every queue again; sleep. A producer pushes and then reads the sleepers. Whichever
    /// of the two comes second sees the other: either the producer sees a sleeper and wakes it, or this worker sees the item.
    /// Producers on workers have no fence of their own between push and read, so the barrier here is process-wide.
    /// </summary>
    private void Sleep(bool searching)
    {
        Counters.Parks++;
        Pool.Idle.Announce(Index, searching);
        if (Pool.HasWork)
            Pool.WakeOne(this);
        else if (Pool.IsStopping)
            Pool.WakeAll();
        // An unpark may come late, from the end of a fork that has long been joined.
        while (Pool.Idle.IsAsleep(Index))
            _parker.Park();
    }

    /// <summary>One look at every other worker, from a random one on, the last lucky one first. Never locks.</summary>
    private WorkItem? Sweep(bool stealSlots)
    {
        int count = Pool.SlotCount;
        if (count < 2 || !Pool.StealsWork)
            return null;

        int start = NextRandom(count);
        for (int lane = 0; lane < _deques.Length; lane++)
        {
            if (_lastVictim != Index && _lastVictim < count && Pool.WorkerAt(_lastVictim) is { } lucky
                && StealFrom(lucky, lane) is { } again)
                return again;
            for (int i = 0; i < count; i++)
            {
                int victim = start + i < count ? start + i : start + i - count;
                if (victim == Index || victim == _lastVictim || Pool.WorkerAt(victim) is not { } other || StealFrom(other, lane) is not { } item)
                    continue;
                _lastVictim = victim;
                return item;
            }
        }

        for (int i = 0; stealSlots && i < count; i++)
        {
            if (i != Index && Pool.WorkerAt(i)?.TakeSlot() is { } item)
            {
                Counters.Stolen++;
                return item;
            }
        }

        Counters.FailedSweeps++;
        return null;
    }

    /// <summary>Takes one item to run and, unless it is half of a fork, up to half of the rest along.</summary>
    private WorkItem? StealFrom(Worker victim, int lane)
    {
        if (victim.DatedOf(lane)?.Steal() is { } dated)
        {
            Counters.Stolen++;
            return dated;
        }

        if (!TrySteal(victim, lane, out WorkItem? first))
            return null;

        Counters.Stolen++;
        int wanted = first!.IsFork ? 0 : Math.Min(victim._deques[lane].Count / 2, StealBatch);
        int moved = 0;
        while (moved < wanted && victim._deques[lane].Steal(out WorkItem? item) == StealResult.Success)
        {
            _deques[lane].Push(item!);
            moved++;
        }

        if (moved > 0)
        {
            Counters.Stolen += moved;
            Pool.NotifyPush(this);
        }

        return first;
    }

    private static bool TrySteal(Worker victim, int lane, out WorkItem? item)
    {
        while (true)
        {
            switch (victim._deques[lane].Steal(out item))
            {
                case StealResult.Success:
                    return true;
                case StealResult.Empty:
                    return false;
                default:
                    // The winner of the race has made progress, so this loop ends.
                    continue;
            }
        }
    }

    private int NextRandom(int limit)
    {
        _random ^= _random << 13;
        _random ^= _random >> 17;
        _random ^= _random << 5;
        return (int)(_random % (uint)limit);
    }
}
