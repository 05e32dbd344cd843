using Gristmill.Diagnostics;
using Gristmill.Engine.Tests.Scheduling;

namespace Gristmill.Engine.Tests.Diagnostics;

/// <summary>The depth and age of a lane count every item that waits, wherever it lies.</summary>
public sealed class LaneFiguresTests
{
    [Fact]
    public void ItemInTheSlotOfABusyWorker_CountsInItsLane()
    {
        using var fixture = new PoolFixture(workers: 1, stuckAfter: TimeSpan.FromHours(1));
        using var release = new ManualResetEventSlim();
        using var queued = new ManualResetEventSlim();
        var behind = new ManualResetEventSlim();
        using ManualResetEventSlim busy = fixture.Submit(() =>
        {
            fixture.Submit(behind.Set, lane: 0);
            queued.Set();
            release.Wait(CancellationToken.None);
        });
        Within.Time(queued, "the busy item");

        Assert.Equal([1, 0, 0], SnapshotReader.ReadLanes(fixture.Pool).Select(lane => lane.Queued));
        Within.Time(() => SnapshotReader.ReadLanes(fixture.Pool)[0].OldestReady > 1.Milliseconds(), "the age of the item in the slot");
        Assert.Equal(TimeSpan.Zero, SnapshotReader.ReadLanes(fixture.Pool)[1].OldestReady);

        release.Set();
        Within.Time(behind, "the item in the slot");
        Assert.Equal([0, 0, 0], SnapshotReader.ReadLanes(fixture.Pool).Select(lane => lane.Queued));
    }

    [Fact]
    public void InjectedItemsWithDeadlines_CountInTheirLanes()
    {
        using var fixture = new PoolFixture(workers: 1, stuckAfter: TimeSpan.FromHours(1));
        using var release = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        using ManualResetEventSlim busy = fixture.Submit(() =>
        {
            begun.Set();
            release.Wait(CancellationToken.None);
        });
        Within.Time(begun, "the busy item");
        // More than the injector's ring holds, with the last lane behind the others.
        for (int i = 0; i < 1_500; i++)
            fixture.Submit(() => { }, lane: i < 1_200 ? 0 : 2, deadline: 1_000 + i);

        IReadOnlyList<LaneFigures> lanes = SnapshotReader.ReadLanes(fixture.Pool);

        Assert.Equal([1_200, 0, 300], lanes.Select(lane => lane.InjectorDepth));
        Assert.Equal([0, 0, 0], lanes.Select(lane => lane.Queued));
        Within.Time(() => SnapshotReader.ReadLanes(fixture.Pool)[2].OldestReady > 1.Milliseconds(), "the age of the items of the last lane");
        Assert.Equal(TimeSpan.Zero, SnapshotReader.ReadLanes(fixture.Pool)[1].OldestReady);
        release.Set();
        Within.Time(() => fixture.Pool.WorkerAt(0)!.Counters.Executed == 1_501, "all items");
    }
}
