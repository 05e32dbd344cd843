using Gristmill.Scheduling;

namespace Gristmill.Engine.Tests.Scheduling;

/// <summary>Nobody starves: each test fails when one rule of the scheduler is taken away.</summary>
public sealed class FairnessTests
{
    [Fact]
    public void TwoItemsThatWakeEachOther_DoNotStarveAThird()
    {
        using var fixture = new PoolFixture(workers: 1);
        var stop = new StopFlag();
        using ManualResetEventSlim began = fixture.Submit(() =>
        {
            var ping = new Respawning(fixture.Pool, stop);
            var pong = new Respawning(fixture.Pool, stop) { Other = ping };
            ping.Other = pong;
            fixture.Pool.Submit(ping);
        });
        Within.Time(began, "the ping-pong's start");
        var third = new ManualResetEventSlim();
        fixture.Submit(() => fixture.Submit(third.Set));

        Within.Time(third, "an item behind two that wake each other");
        stop.Set();
    }

    [Fact]
    public void ItemThatRespawnsItself_DoesNotStarveInjectedWork()
    {
        using var fixture = new PoolFixture(workers: 1);
        var stop = new StopFlag();
        var forever = new Respawning(fixture.Pool, stop);
        forever.Other = forever;
        fixture.Pool.Submit(forever);
        Within.Time(() => fixture.Pool.WorkerAt(0)!.Counters.Executed > 1000, "the respawning item");

        Within.Time(fixture.Submit(() => { }), "an injected item");
        stop.Set();
    }

    [Fact]
    public void ItemInTheSlotOfABusyWorker_IsRunByAnother()
    {
        using var fixture = new PoolFixture(workers: 2);
        using var release = new ManualResetEventSlim();
        var behind = new ManualResetEventSlim();
        using ManualResetEventSlim busy = fixture.Submit(() =>
        {
            fixture.Submit(behind.Set);
            // Computes: no wait that the pool could notice.
            SpinWait.SpinUntil(() => release.IsSet);
        });

        Within.Time(behind, "the item that a busy worker queued for itself");
        release.Set();
        Within.Time(busy, "the busy item");
    }

    [Fact]
    public void LowLane_UnderASaturatedHighLane_StillRuns()
    {
        using var fixture = new PoolFixture(workers: 1);
        var stop = new StopFlag();
        for (int i = 0; i < 4; i++)
        {
            var urgent = new Respawning(fixture.Pool, stop) { Lane = 0 };
            urgent.Other = urgent;
            fixture.Pool.Submit(urgent);
        }

        Within.Time(() => fixture.Pool.WorkerAt(0)!.Counters.Executed > 1000, "the saturated lane");
        Within.Time(fixture.Submit(() => { }, lane: 2), "an item of the lowest lane");
        stop.Set();
    }

    [Fact]
    public void UndatedItem_UnderASaturatedStreamOfDatedOnes_StillRuns()
    {
        using var fixture = new PoolFixture(workers: 1);
        var stop = new StopFlag();
        for (int i = 0; i < 4; i++)
        {
            var dated = new Respawning(fixture.Pool, stop) { Lane = 1, Deadline = 1 };
            dated.Other = dated;
            fixture.Pool.Submit(dated);
        }

        Within.Time(() => fixture.Pool.WorkerAt(0)!.Counters.Executed > 1000, "the dated items");
        Within.Time(fixture.Submit(() => { }, lane: 1), "an item without a deadline");
        stop.Set();
    }

    [Fact]
    public void WorkerBlockedForEver_IsReplaced()
    {
        using var fixture = new PoolFixture(workers: 1, stuckAfter: TimeSpan.FromMilliseconds(5));
        using var never = new ManualResetEventSlim();
        using ManualResetEventSlim blocked = fixture.Submit(() => never.Wait(CancellationToken.None));

        Within.Time(fixture.Submit(() => { }), "an item behind a worker that blocks");
        Assert.Equal(1, fixture.Pool.BlockedCount);

        never.Set();
        Within.Time(blocked, "the blocked item");
        Within.Time(() => fixture.Pool.BlockedCount == 0, "the return of the worker");
        Within.Time(() => !fixture.Pool.HasSurplus, "the stand-in's retirement");
    }

    [Fact]
    public void BlockingScope_OnEveryWorker_LeavesThePoolItsWorkers()
    {
        // Never stuck by the monitor's judgement: only the scope helps.
        using var fixture = new PoolFixture(workers: 2, standIns: 8, stuckAfter: TimeSpan.FromHours(1));
        using var release = new ManualResetEventSlim();
        using var allBlocked = new CountdownEvent(6);
        ManualResetEventSlim[] blocked = [.. Enumerable.Range(0, 6).Select(_ => fixture.Submit(() =>
        {
            using BlockingScope scope = TaskEngine.Blocking();
            allBlocked.Signal();
            release.Wait();
        }))];

        Assert.True(allBlocked.Wait(TimeSpan.FromSeconds(30)), "six items blocked at once on two workers");
        Within.Time(fixture.Submit(() => { }), "an item while six block");
        release.Set();
        foreach (ManualResetEventSlim item in blocked)
            Within.Time(item, "a blocked item");
        Within.Time(() => fixture.Pool.ThreadCount == 2, "the stand-ins' retirement");
    }

    [Fact]
    public void Scaling_GrowsUnderLoadAndShrinksWhenIdle()
    {
        using var fixture = new PoolFixture(workers: 3, minWorkers: 1);
        Assert.Equal(1, fixture.Pool.ThreadCount);
        using var release = new ManualResetEventSlim();
        using var running = new CountdownEvent(3);
        for (int i = 0; i < 3; i++)
        {
            fixture.Submit(() =>
            {
                running.Signal();
                // Computing, not waiting: a worker that waits gets a stand-in instead.
                while (!release.IsSet)
                    Thread.SpinWait(100);
            });
        }

        Assert.True(running.Wait(TimeSpan.FromSeconds(30)), "three items running at once");
        Assert.Equal(3, fixture.Pool.WorkerCount);
        release.Set();
        Within.Time(() => fixture.Pool.ThreadCount == 1, "the return to one thread");
        Within.Time(fixture.Submit(() => { }), "an item after the shrinking");
    }

    private sealed class StopFlag
    {
        private volatile bool _isSet;

        public bool IsSet => _isSet;

        public void Set() => _isSet = true;
    }

    private sealed class Respawning(WorkerPool pool, StopFlag stop) : WorkItem
    {
        public WorkItem? Other { get; set; }

        protected internal override void Execute()
        {
            if (!stop.IsSet)
                pool.Submit(Other!);
        }
    }
}
