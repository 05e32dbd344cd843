using System.Diagnostics;

namespace Gristmill.Scheduling;

/// <summary>
/// Earliest deadline first, inside each lane. Between lanes: an item whose deadline is near goes before items of higher lanes whose deadlines are not. When all
/// are near, or none is, the lane decides.
/// </summary>
internal sealed partial class Worker
{
    // Every so many times an item without a deadline goes before those with one, or it might wait for ever.
    private const int UndatedEvery = 16;

    // Injected items taken in at a time: all of them as a rule, since only what is taken in is in order.
    private const int AbsorbRounds = 32;

    // A deadline so near is in danger from one or two items of a few milliseconds.
    private static readonly long s_urgentTicks = Stopwatch.Frequency / 100;

    private DeadlineQueue? DatedOf(int lane) => Volatile.Read(ref _dated[lane]);

    private DeadlineQueue DatedOrNew(int lane)
    {
        if (_dated[lane] is { } dated)
            return dated;
        var made = new DeadlineQueue();
        Volatile.Write(ref _dated[lane], made);
        return made;
    }

    // Injected items come in numbers: one batch for all of them.
    private void PublishDated()
    {
        foreach (DeadlineQueue? dated in _dated)
            dated?.Publish();
    }

    /// <summary>The own earliest item, or that of one other worker, chosen at random, if it is earlier still.</summary>
    private WorkItem? TakeDated(DeadlineQueue dated, int lane)
    {
        if (++_datedTurn % UndatedEvery == 0 && _deques[lane].PopFirst() is { } undated)
            return undated;

        if (Pool.StealsWork && SampleVictim() is { } victim && victim.DatedOf(lane) is { } other && other.Earliest < dated.Earliest
            && other.Steal() is { } sooner)
        {
            Counters.Stolen++;
            return sooner;
        }

        return dated.Pop() ?? _deques[lane].PopFirst();
    }

    /// <summary>
    /// From the highest lane in which a deadline is near. Items without a deadline are not overtaken by lower lanes: nobody could say how long they can wait.
    /// </summary>
    private WorkItem? TakeUrgent()
    {
        // Coarse, and in the timestamps of the system's clock: with another one there is no telling what is near, and the lane decides.
        long limit = Pool.Clock + s_urgentTicks;
        Worker? victim = Pool.StealsWork ? SampleVictim() : null;
        for (int lane = 0; lane < _dated.Length; lane++)
        {
            if (_dated[lane]?.EarliestOfAll() < limit)
                return TakeDated(_dated[lane]!, lane);
            if (victim?.DatedOf(lane) is { } other && other.Earliest < limit && other.Steal() is { } stolen)
            {
                Counters.Stolen++;
                return stolen;
            }

            if (!_deques[lane].IsEmpty)
                return null;
        }

        return null;
    }

    private Worker? SampleVictim()
    {
        int count = Pool.SlotCount;
        return count < 2 ? null : Pool.WorkerAt((Index + 1 + NextRandom(count - 1)) % count);
    }

    /// <summary>Moves all injected items with deadlines to the own queues, where they are in order.</summary>
    private void AbsorbDated()
    {
        Injector injector = Pool.DatedInjector;
        for (int i = 0; i < AbsorbRounds && injector.HasReady; i++)
            AbsorbFrom(injector, StealBatch);
    }
}
