using System.Diagnostics;
using Gristmill.Engine.Tests.Scheduling;
using Gristmill.Scheduling;

namespace Gristmill.Engine.Tests.Soak;

/// <summary>Everything that a pool can do at once: trees of items, lanes, deadlines, forks, blocking, submits from outside.</summary>
public sealed class PoolSoakTests(ITestOutputHelper output)
{
    [Fact]
    public void Mix_OfEverything_RunsEachItemOnce() => RunMix(rootsPerThread: 500);

    [Fact(Explicit = true), Trait("Category", "Soak")]
    public void Mix_Soak_RunsEachItemOnce() => RunMix(int.MaxValue, SoakTime.Limit);

    private void RunMix(int rootsPerThread, TimeSpan? limit = null)
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        using var fixture = new PoolFixture(workers: 3, minWorkers: 1, standIns: 8);
        var mix = new Mix(fixture.Pool);
        long started = Stopwatch.GetTimestamp();
        bool IsOver() => limit is not null && Stopwatch.GetElapsedTime(started) >= limit;
        Thread[] producers =
            [.. Enumerable.Range(0, 2).Select(producer => new Thread(() => Produce(mix, new Random(seed + producer), rootsPerThread, IsOver)))];
        foreach (Thread producer in producers)
            producer.Start();
        foreach (Thread producer in producers)
            producer.Join();

        Within.Time(() => mix.Executed == mix.Created, "the last item");
        Within.Time(() => !fixture.Pool.HasWork, "the queues to be empty");
        Assert.Equal(0, mix.Wrong);
        long Sum(Func<Worker, long> count) => Enumerable.Range(0, fixture.Pool.SlotCount).Sum(i => count(fixture.Pool.WorkerAt(i)!));
        long executed = Sum(worker => worker.Counters.Executed);
        long queued = Sum(worker => worker.Counters.Spawned + worker.Counters.Injected);
        // Halves of forks are queued too, and run as items if somebody stole them.
        Assert.True(executed >= mix.Created && executed <= queued, $"of {queued} items queued, {mix.Created} by the test, the workers counted {executed} run");
        output.WriteLine($"{mix.Created} items");
    }

    private static void Produce(Mix mix, Random random, int roots, Func<bool> isOver)
    {
        var wait = new SpinWait();
        for (int i = 0; i < roots && !isOver(); i++)
        {
            // Not so far ahead that the queue is all that is tested.
            while (mix.Created - mix.Executed > 20_000)
                wait.SpinOnce();
            if (random.Next(8) > 0)
                mix.Pool.Submit(mix.NewItem(random));
            else
                mix.Pool.Submit([.. Enumerable.Range(0, random.Next(1, 50)).Select(_ => mix.NewItem(random, dated: false))], random.Next(3));
        }
    }

    private sealed class Mix(WorkerPool pool)
    {
        private long _created;
        private long _executed;
        private long _wrong;

        public WorkerPool Pool => pool;

        public long Created => Interlocked.Read(ref _created);

        public long Executed => Interlocked.Read(ref _executed);

        public long Wrong => Interlocked.Read(ref _wrong);

        public WorkItem NewItem(Random random, bool dated = true, int depth = 0)
        {
            Interlocked.Increment(ref _created);
            return new Item(this, random.Next(), depth)
            {
                Lane = random.Next(3),
                Deadline = dated && random.Next(5) == 0 ? random.NextInt64(1, 1_000_000) : WorkItem.NoDeadline,
            };
        }

        private sealed class Item(Mix mix, int seed, int depth) : WorkItem
        {
            private int _runs;

            protected internal override void Execute()
            {
                if (Interlocked.Increment(ref _runs) != 1)
                    Interlocked.Increment(ref mix._wrong);
                var random = new Random(seed);
                for (int i = depth < 4 ? random.Next(3) : 0; i > 0; i--)
                    mix.Pool.Submit(mix.NewItem(random, depth: depth + 1));
                switch (random.Next(1000))
                {
                    case < 20:
                        if (new Fib(12).Run(ForkScope.Current) != 144)
                            Interlocked.Increment(ref mix._wrong);
                        break;
                    case 20:
                        using (TaskEngine.Blocking())
                            Thread.CurrentThread.Join(1);
                        break;
                }

                Interlocked.Increment(ref mix._executed);
            }
        }
    }
}
