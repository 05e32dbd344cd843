using System.Diagnostics;
using Gristmill.Scheduling;

namespace Gristmill.Benchmarks;

/// <summary>B: what it costs to queue and run an empty item. C: how long it takes until one begins.</summary>
internal static class SpawnBench
{
    private const int Count = 100_000;

    public static void RunItems(Bench bench)
    {
        using var pool = new BenchPool(Environment.ProcessorCount);
        var round = new CountedItem.Round();
        CountedItem[] items = [.. Enumerable.Range(0, Count).Select(_ => new CountedItem(round))];

        long bytes = 0;
        double Ours(bool inside)
        {
            round.Begin(Count);
            long before = GC.GetTotalAllocatedBytes(precise: true);
            double time = Bench.Time(() =>
            {
                if (inside)
                    pool.Run(() => SubmitAll(pool.Pool, items));
                else
                    SubmitAll(pool.Pool, items);
                round.Signal.Wait();
            });
            bytes = GC.GetTotalAllocatedBytes(precise: true) - before;
            return time / Count;
        }

        double Theirs(bool inside)
        {
            round.Begin(Count);
            return Bench.Time(() =>
            {
                if (inside)
                    ThreadPool.UnsafeQueueUserWorkItem(_ => QueueAll(items, preferLocal: true), null);
                else
                    QueueAll(items, preferLocal: false);
                round.Signal.Wait();
            }) / Count;
        }

        bench.Compare("B1 spawn+join, from inside", "ns", () => Ours(true), "ThreadPool", () => Theirs(true), Bar.AtMost(0.7));
        bench.Report("B1 bytes per item, from inside", "B", [(double)bytes / Count], "0 B", (double)bytes / Count < 0.1);
        bench.Compare("B1 spawn+join, from outside", "ns", () => Ours(false), "ThreadPool", () => Theirs(false), Bar.AtMost(0.7));
        bench.Report("B1 bytes per item, from outside", "B", [(double)bytes / Count], "0 B", (double)bytes / Count < 0.1);
    }

    public static void RunTasks(Bench bench)
    {
        using var pool = new BenchPool(Environment.ProcessorCount);
        var round = new CountedItem.Round();
        var scheduler = new WorkStealingTaskScheduler(pool.Pool, 1);
        var factory = new TaskFactory(CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskContinuationOptions.None, scheduler);
        Action done = round.Done;
        bench.Compare(
            "B2 empty Tasks",
            "ns",
            () => TimeTasks(() => factory.StartNew(done)),
            "Task.Run",
            () => TimeTasks(() => Task.Run(done)),
            Bar.AtMost(1.0));

        double TimeTasks(Func<Task> start)
        {
            round.Begin(Count);
            return Bench.Time(() =>
            {
                for (int i = 0; i < Count; i++)
                    _ = start();
                round.Signal.Wait();
            }) / Count;
        }
    }

    public static void RunHot(Bench bench)
    {
        using var pool = new BenchPool(Environment.ProcessorCount);
        int hot = bench.Quick ? 2_000 : 20_000;
        foreach (double quantile in new[] { 0.5, 0.99 })
        {
            bench.Compare(
                $"C1 hot dispatch, p{quantile * 100:0}",
                "ns",
                () => Latency(item => pool.Pool.Submit(item), hot, quantile),
                "ThreadPool",
                () => Latency(item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false), hot, quantile),
                Bar.AtMost(0.5));
        }
    }

    /// <summary>What C1 can reach at best here: a thread that looks at one word and does nothing else, beside the same baseline.</summary>
    public static void RunHotFloor(Bench bench)
    {
        int hot = bench.Quick ? 2_000 : 20_000;
        foreach (double quantile in new[] { 0.5, 0.99 })
        {
            bench.Compare(
                $"C1 floor: a bare mailbox, p{quantile * 100:0}",
                "ns",
                () => Mailbox(quantile),
                "ThreadPool",
                () => Latency(item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false), hot, quantile),
                bar: null);
        }

        // Its thread lives no longer than a round: the baseline needs the core.
        double Mailbox(double quantile)
        {
            using var mailbox = new Mailbox();
            return Latency(mailbox.Put, hot, quantile);
        }
    }

    public static void RunCold(Bench bench)
    {
        using var pool = new BenchPool(Environment.ProcessorCount);
        int cold = bench.Quick ? 60 : 300;
        bench.Compare(
            "C2 cold dispatch after 3 ms idle, p50",
            "ns",
            () => ColdLatency(item => pool.Pool.Submit(item), cold),
            "ThreadPool",
            () => ColdLatency(item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false), cold),
            Bar.AtMost(0.6));
    }

    public static void RunBurst(Bench bench)
    {
        using var pool = new BenchPool(Environment.ProcessorCount);
        var round = new CountedItem.Round();
        WorkItem[] items = [.. Enumerable.Range(0, 1000).Select(_ => new CountedItem(round))];
        var wakes = new List<double>();
        for (int i = 0; i < (bench.Quick ? 20 : 200); i++)
        {
            SpinWait.SpinUntil(() => pool.Pool.Idle.Sleepers == pool.Pool.ThreadCount, 1000);
            long before = Wakes(pool.Pool);
            round.Begin(items.Length);
            pool.Pool.Submit(items, lane: 1);
            round.Signal.Wait();
            wakes.Add(Wakes(pool.Pool) - before);
        }

        int workers = pool.Pool.WorkerCount;
        bench.Report("C3 wakes per burst of 1,000 from idle", "", wakes, $"≤ {workers}", Bench.Median([.. wakes]) <= workers);
    }

    private static long Wakes(WorkerPool pool) =>
        pool.OutsideWakes + Enumerable.Range(0, pool.SlotCount).Sum(i => pool.WorkerAt(i)!.Counters.Wakes);

    private static double Latency(Action<StampItem> submit, int count, double quantile)
    {
        var item = new StampItem();
        var times = new double[count];
        for (int i = 0; i < count; i++)
        {
            Pause();
            item.StartedAt = 0;
            long submitted = Stopwatch.GetTimestamp();
            submit(item);
            long started;
            while ((started = Volatile.Read(ref item.StartedAt)) == 0)
                Thread.SpinWait(1);
            times[i] = Nanoseconds(submitted, started);
        }

        Array.Sort(times);
        return times[(int)(quantile * (count - 1))];
    }

    // The caller sleeps while it waits: one that spins holds a core, and a thread that is woken there waits for the end of its slice of time.
    private static double ColdLatency(Action<StampItem> submit, int count)
    {
        var item = new SignalItem();
        var times = new double[count];
        for (int i = 0; i < count; i++)
        {
            Thread.Sleep(3);
            item.Started.Reset();
            long submitted = Stopwatch.GetTimestamp();
            submit(item);
            item.Started.Wait();
            times[i] = Nanoseconds(submitted, item.StartedAt);
        }

        return Bench.Median(times);
    }

    // Not as a TimeSpan: its ticks are 100 ns.
    private static double Nanoseconds(long start, long end) => (end - start) * (1e9 / Stopwatch.Frequency);

    // Until the worker has finished the item before and looks for the next, but not so long that it goes to sleep.
    private static void Pause()
    {
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalMicroseconds < 3;)
            Thread.SpinWait(1);
    }

    private static void SubmitAll(WorkerPool pool, CountedItem[] items)
    {
        foreach (CountedItem item in items)
            pool.Submit(item);
    }

    private static void QueueAll(CountedItem[] items, bool preferLocal)
    {
        foreach (CountedItem item in items)
            ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal);
    }

    private class StampItem : WorkItem, IThreadPoolWorkItem
    {
        public long StartedAt;

        protected internal override void Execute() => Volatile.Write(ref StartedAt, Stopwatch.GetTimestamp());

        public void Stamp() => Execute();

        void IThreadPoolWorkItem.Execute() => Execute();
    }

    private sealed class SignalItem : StampItem
    {
        public readonly ManualResetEventSlim Started = new(false, 0);

        protected internal override void Execute()
        {
            base.Execute();
            Started.Set();
        }
    }

    /// <summary>One word that says whether an item is there.</summary>
    private sealed class Mailbox : IDisposable
    {
        private const int Empty = 0;
        private const int Filled = 1;
        private const int Closed = 2;

        private readonly Thread _thread;
        private PaddedWord _state;
        private StampItem? _item;

        public Mailbox()
        {
            _thread = new Thread(Serve) { IsBackground = true };
            _thread.Start();
        }

        public void Put(StampItem item)
        {
            _item = item;
            _state.Write(Filled);
        }

        public void Dispose()
        {
            _state.Write(Closed);
            _thread.Join();
        }

        private void Serve()
        {
            for (long state; (state = _state.Read()) != Closed;)
            {
                if (state == Empty)
                    continue;
                _state.Write(Empty);
                _item!.Stamp();
            }
        }
    }
}
