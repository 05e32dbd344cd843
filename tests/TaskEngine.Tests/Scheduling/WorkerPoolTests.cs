using System.Diagnostics;
using Gristmill.Scheduling;

namespace Gristmill.Engine.Tests.Scheduling;

public sealed class WorkerPoolTests
{
    [Fact]
    public void Stop_WhileItemsSpawnItems_RunsEachExactlyOnce()
    {
        for (int round = 0; round < 20; round++)
        {
            var counts = new Counts();
            var fixture = new PoolFixture(workers: 2);
            for (int i = 0; i < 50; i++)
                Spawn(fixture.Pool, counts, depth: 6);
            fixture.Dispose();

            Assert.Equal(50 * 127, counts.Spawned);
            Assert.Equal(counts.Spawned, counts.Executed);
            Worker[] workers = [.. Enumerable.Range(0, fixture.Pool.SlotCount).Select(i => fixture.Pool.WorkerAt(i)!)];
            Assert.Equal(50, workers.Sum(worker => worker.Counters.Injected));
            Assert.Equal(50 * 126, workers.Sum(worker => worker.Counters.Spawned));
            Assert.Equal(50 * 127, workers.Sum(worker => worker.Counters.Executed));
        }
    }

    [Fact]
    public async Task Submit_RacingWithTheStop_IsRefusedOrRunsExactlyOnce()
    {
        for (int round = 0; round < 50; round++)
        {
            var counts = new Counts();
            var fixture = new PoolFixture(workers: 2);
            var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Task producer = Task.Run(async () =>
            {
                go.SetResult();
                try
                {
                    while (true)
                    {
                        Spawn(fixture.Pool, counts, depth: 0);
                        await Task.Yield();
                    }
                }
                catch (UnavailableException)
                {
                    Interlocked.Decrement(ref counts.Spawned);
                }
            }, TestContext.Current.CancellationToken);
            await Within.Time(go.Task, "the producer's start");

            fixture.Dispose();
            await Within.Time(producer, "the refusal");
            Within.Time(() => Volatile.Read(ref counts.Executed) == counts.Spawned, "the accepted items");
        }
    }

    [Fact]
    public void Burst_FromIdle_WakesNoMoreOftenThanThereAreWorkers()
    {
        using var fixture = new PoolFixture(workers: 2);
        var wakes = new List<long>();
        for (int i = 0; i < 9; i++)
        {
            Within.Time(() => fixture.Pool.Idle.Sleepers == 2, "two sleeping workers");
            long before = Wakes(fixture.Pool);
            using var done = new CountdownEvent(1000);
            fixture.Pool.Submit([.. Enumerable.Range(0, 1000).Select(_ => new PoolFixture.ActionItem(() => done.Signal()))], lane: 0);
            Assert.True(done.Wait(TimeSpan.FromSeconds(30)), "a burst of 1,000 items");
            wakes.Add(Wakes(fixture.Pool) - before);
        }

        // On a busy machine a worker may run dry in the middle of a burst, and be woken again.
        wakes.Sort();
        Assert.InRange(wakes[wakes.Count / 2], 1, 2);
    }

    [Fact]
    public void DatedItems_OnOneWorker_RunInTheOrderOfTheirDeadlines()
    {
        using var fixture = new PoolFixture(workers: 1, stuckAfter: TimeSpan.FromHours(1));
        var order = new List<long>();
        var random = new Random(4711);
        long[] deadlines = [.. Enumerable.Range(0, 500).Select(_ => random.NextInt64(1, 1_000_000))];
        using (var gate = new ManualResetEventSlim())
        {
            fixture.Submit(() => gate.Wait());
            foreach (long deadline in deadlines)
                fixture.Submit(() => order.Add(deadline), deadline: deadline);
            gate.Set();
            Within.Time(fixture.Submit(() => { }, deadline: long.MaxValue - 1), "the last item");
        }

        Assert.Equal(deadlines.Order(), order);
    }

    [Fact]
    public void DatedItems_InSeveralLanes_TheNearDeadlinesGoFirstInTheOrderOfLanes()
    {
        long later = Stopwatch.GetTimestamp() + 3600 * Stopwatch.Frequency;
        Assert.Equal(
            ["lane 0, near", "lane 2, near", "lane 0, in an hour", "lane 1, in an hour"],
            OrderOf(("lane 1, in an hour", 1, later), ("lane 0, in an hour", 0, later), ("lane 2, near", 2, 1), ("lane 0, near", 0, 2)));
    }

    [Fact]
    public void ItemWithoutDeadline_InAHigherLane_IsNotOvertakenByANearDeadline() =>
        Assert.Equal(["lane 1", "lane 2, near"], OrderOf(("lane 2, near", 2, 1), ("lane 1", 1, WorkItem.NoDeadline)));

    [Fact]
    public void DatedItems_BehindAComputingWorker_AreAllTakenByAnother()
    {
        using var fixture = new PoolFixture(workers: 2);
        using var release = new ManualResetEventSlim();
        using var done = new CountdownEvent(100);
        fixture.Submit(() =>
        {
            for (int i = 0; i < 100; i++)
                fixture.Submit(() => done.Signal(), deadline: 1000 - i);
            SpinWait.SpinUntil(() => release.IsSet);
        });

        Assert.True(done.Wait(TimeSpan.FromSeconds(30)), "100 dated items queued by a worker that is busy");
        release.Set();
    }

    [Fact]
    public void ItemThatThrows_IsCountedAndHarmsNobody()
    {
        using var fixture = new PoolFixture(workers: 1);
        fixture.Submit(() => throw new InvalidOperationException("broken"));

        Within.Time(fixture.Submit(() => { }), "the item after one that threw");
        Assert.Equal(1, fixture.Pool.WorkerAt(0)!.Counters.Unhandled);
    }

    [Fact]
    public void ItemThatThrows_AfterTheStop_IsCountedAndHarmsNobody()
    {
        var fixture = new PoolFixture(workers: 1);
        fixture.Dispose();
        fixture.Pool.Post(new PoolFixture.ActionItem(() => throw new InvalidOperationException("broken")));

        Within.Time(() => fixture.Pool.UnhandledElsewhere == 1, "the count of the item that threw");
    }

    [Fact]
    public void DatedItem_InTheOwnQueueOfAWorkerThatSleeps_IsRunWhenItWakes()
    {
        using var fixture = new PoolFixture(workers: 1);
        Within.Time(() => fixture.Pool.Idle.Sleepers == 1, "the worker's sleep");
        using var done = new ManualResetEventSlim();

        // As if on the worker itself, which is out of the way.
        fixture.Pool.WorkerAt(0)!.Push(new PoolFixture.ActionItem(done.Set) { Deadline = 1 });

        Within.Time(done, "an item that nobody else may take");
    }

    [Fact]
    public void ItemsBehindABusyWorker_WithoutStealing_AreNoWorkForOthers()
    {
        using var fixture = new PoolFixture(workers: 2, stealsWork: false);
        using var queued = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        using var done = new CountdownEvent(3);
        fixture.Submit(() =>
        {
            for (int i = 0; i < 3; i++)
                fixture.Submit(() => done.Signal());
            queued.Set();
            release.Wait();
        });
        Within.Time(queued, "the items");

        // It would keep the idle worker from sleeping.
        Assert.False(fixture.Pool.HasWork);
        Within.Time(() => fixture.Pool.Idle.Sleepers == 1, "the other worker's sleep");

        release.Set();
        Assert.True(done.Wait(TimeSpan.FromSeconds(30)), "3 items");
    }

    [Fact]
    public void DeadlineQueue_PopBesideTheMonitorsRefill_FindsEveryItem()
    {
        const int Items = 40;
        const int Rounds = 20_000;
        PoolFixture.ActionItem[] items = [.. Enumerable.Range(0, Items).Select(i => new PoolFixture.ActionItem(() => { }) { Deadline = i })];
        DeadlineQueue? current = null;
        bool isOver = false;
        var monitor = new Thread(() =>
        {
            while (!Volatile.Read(ref isOver))
                Volatile.Read(ref current)?.TryRefill();
        });
        monitor.Start();
        int found = 0;
        for (int round = 0; round < Rounds; round++)
        {
            var queue = new DeadlineQueue();
            Volatile.Write(ref current, queue);
            foreach (PoolFixture.ActionItem item in items)
                queue.PushQuietly(item);
            queue.Publish();
            while (queue.Pop() is not null)
                found++;
        }

        Volatile.Write(ref isOver, true);
        monitor.Join();
        Assert.Equal(Rounds * Items, found);
    }

    [Fact]
    public void AsyncLocal_SetByAnItem_IsNotSeenByTheNext()
    {
        using var fixture = new PoolFixture(workers: 1);
        var local = new AsyncLocal<string?>();
        string? seen = "nothing ran";
        fixture.Submit(() => local.Value = "the first item's");
        Within.Time(fixture.Submit(() => seen = local.Value), "the second item");

        Assert.Null(seen);
    }

    // The order in which one worker runs what an item of the highest lane queues.
    private static List<string> OrderOf(params (string Name, int Lane, long Deadline)[] items)
    {
        using var fixture = new PoolFixture(workers: 1, stuckAfter: TimeSpan.FromHours(1));
        var order = new List<string>();
        using var done = new CountdownEvent(items.Length);
        fixture.Submit(
            () =>
            {
                foreach ((string name, int lane, long deadline) in items)
                {
                    fixture.Submit(
                        () =>
                        {
                            order.Add(name);
                            done.Signal();
                        },
                        lane,
                        deadline);
                }
            },
            lane: 0);
        Assert.True(done.Wait(TimeSpan.FromSeconds(30)), $"{items.Length} items");
        return order;
    }

    private static long Wakes(WorkerPool pool) =>
        pool.OutsideWakes + Enumerable.Range(0, pool.SlotCount).Sum(i => pool.WorkerAt(i)!.Counters.Wakes);

    private static void Spawn(WorkerPool pool, Counts counts, int depth)
    {
        Interlocked.Increment(ref counts.Spawned);
        pool.Submit(new Tree(pool, counts, depth));
    }

    private sealed class Counts
    {
        public long Spawned;
        public long Executed;
    }

    private sealed class Tree(WorkerPool pool, Counts counts, int depth) : WorkItem
    {
        protected internal override void Execute()
        {
            for (int i = 0; depth > 0 && i < 2; i++)
                Spawn(pool, counts, depth - 1);
            Interlocked.Increment(ref counts.Executed);
        }
    }
}
