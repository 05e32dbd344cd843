using System.Collections.Immutable;
using System.Diagnostics;
using Gristmill.Scheduling;

namespace Gristmill.Diagnostics;

/// <summary>Reads the pool's numbers from outside, without asking a worker to stop.</summary>
internal static class SnapshotReader
{
    public static ImmutableArray<WorkerFigures> ReadWorkers(WorkerPool pool, TaskStatistics statistics, long[] heapBytes) =>
        [.. Enumerable.Range(0, pool.SlotCount).Select(index => ReadWorker(pool.WorkerAt(index)!, pool.Lanes, statistics, heapBytes[index]))];

    public static WorkerTotals Sum(WorkerPool pool, ImmutableArray<WorkerFigures> workers) => new(
        pool.WorkerCount,
        pool.ThreadCount,
        pool.BlockedCount,
        pool.Idle.Sleepers,
        pool.Idle.Searchers,
        workers.Sum(worker => worker.Spawned),
        workers.Sum(worker => worker.Executed),
        workers.Sum(worker => worker.Stolen),
        workers.Sum(worker => worker.Injected),
        workers.Sum(worker => worker.Parks),
        workers.Sum(worker => worker.Wakes) + pool.OutsideWakes,
        workers.Sum(worker => worker.Unhandled) + pool.UnhandledElsewhere);

    public static ImmutableArray<LaneFigures> ReadLanes(WorkerPool pool)
    {
        long now = Stopwatch.GetTimestamp();
        var lanes = ImmutableArray.CreateBuilder<LaneFigures>(pool.Lanes);
        // One injector for all lanes: nobody counts them apart on the way in.
        WorkItem[] dated = [.. pool.DatedInjector.GlanceAll()];
        for (int lane = 0; lane < pool.Lanes; lane++)
        {
            Injector injector = pool.InjectorOf(lane);
            long oldest = Math.Min(now, injector.Glance()?.ReadyAt ?? now);
            int injected = injector.Depth;
            foreach (WorkItem item in dated)
            {
                if (item.Lane != lane)
                    continue;
                injected++;
                oldest = Math.Min(oldest, item.ReadyAt);
            }

            int queued = 0;
            for (int i = 0; i < pool.SlotCount; i++)
            {
                Worker worker = pool.WorkerAt(i)!;
                queued += worker.Queued(lane);
                oldest = Math.Min(oldest, worker.OldestReadyAt(lane) ?? now);
            }

            lanes.Add(new LaneFigures(lane, injected, queued, Stopwatch.GetElapsedTime(oldest, now)));
        }

        return lanes.MoveToImmutable();
    }

    private static WorkerFigures ReadWorker(Worker worker, int lanes, TaskStatistics statistics, long slabBytes)
    {
        ref WorkerCounters counters = ref worker.Counters;
        int queued = 0;
        for (int lane = 0; lane < lanes; lane++)
            queued += worker.Queued(lane);
        return new WorkerFigures(
            worker.Index,
            queued,
            Volatile.Read(ref counters.Spawned),
            Volatile.Read(ref counters.Executed),
            Volatile.Read(ref counters.Stolen),
            Volatile.Read(ref counters.FailedSweeps),
            Volatile.Read(ref counters.Injected),
            Volatile.Read(ref counters.Parks),
            Volatile.Read(ref counters.Wakes),
            Volatile.Read(ref counters.Unhandled),
            slabBytes,
            statistics.WaitTimes(worker.Index),
            statistics.RunTimes(worker.Index));
    }
}
