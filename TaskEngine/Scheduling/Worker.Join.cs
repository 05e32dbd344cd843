using System.Runtime.CompilerServices;
using Deque = Gristmill.Scheduling.WorkStealingDeque<
    Gristmill.Scheduling.PaddedWord, Gristmill.Scheduling.Slot, Gristmill.Scheduling.HardwareFence>;

namespace Gristmill.Scheduling;

/// <summary>Fork and join on the worker's own deque.</summary>
internal sealed partial class Worker
{
    // Fruitless looks around before a joining worker sleeps until its frame is done.
    private const int JoinSpins = 64;

    /// <summary>Frames by type; see <see cref="JoinFrames{TTask, TResult}"/>.</summary>
    public object?[] JoinFrames { get; set; } = [];

    /// <summary>Offers a frame to thieves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PushFork(JoinFrame frame)
    {
        frame.Lane = _lane;
        Counters.Spawned++;
        _laneDeque.PushAgain(frame);
        Pool.NotifyPush(this);
    }

    /// <summary>Takes the frame back from the deque if it is still there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTakeBack(JoinFrame frame) => _laneDeque.TryPopAgain(frame) || TakeBackFromUnder(frame);

    /// <summary>Makes sure that a frame is not going to run any more, or has run.</summary>
    public void Reclaim(JoinFrame frame)
    {
        if (TryTakeBack(frame))
            return;
        WaitFor(frame);
        frame.Reopen();
    }

    /// <summary>Runs other work, and in the end sleeps, until a stolen frame is done.</summary>
    public void WaitFor(JoinFrame frame)
    {
        for (int idle = 0; !frame.IsDone;)
        {
            if (TryRunOne())
            {
                idle = 0;
                continue;
            }

            if (++idle < JoinSpins)
            {
                Thread.SpinWait(16);
                continue;
            }

            SleepUntilDone(frame);
        }
    }

    /// <summary>
    /// Sleeps as any worker does, so that work wakes it, but also until the frame is done. Either end may come second: it then finds this worker
    /// awake, and its unpark is one too many, which every sleep allows for.
    /// </summary>
    private void SleepUntilDone(JoinFrame frame)
    {
        if (!frame.TryPrepareSleep())
            return;
        Counters.Parks++;
        Pool.Idle.Announce(Index, wasSearching: false);
        if (Pool.HasWork)
            Pool.WakeOne(this);
        while (Pool.Idle.IsAsleep(Index) && !frame.IsDone)
            _parker.Park();
        if (Pool.Idle.TryWithdraw(Index))
        {
            Pool.RouseMonitor();
            return;
        }

        // A waker has counted this worker as a searcher.
        WorkItem? item = frame.IsDone ? null : TakeLocal() ?? SearchAwhile(until: frame);
        if (Pool.Idle.EndSearch())
            Pool.WakeIfWorkIsLeft(this);
        if (item is not null)
            RunOnTop(item);
    }

    /// <summary>
    /// The frame is not on top: it was stolen, or the first half queued work that is no fork. That is put back in its order, behind the
    /// frame. What is below the frame goes when the frame goes, because thieves take the oldest first.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TakeBackFromUnder(JoinFrame frame)
    {
        Deque deque = _deques[frame.Lane];
        if (deque.Pop() is not { } item)
            return false;

        var above = new Stack<WorkItem>();
        for (; item is not null && !ReferenceEquals(item, frame); item = deque.Pop())
            above.Push(item);
        while (above.TryPop(out WorkItem? other))
            deque.Push(other);
        Pool.NotifyPush(this);
        return item is not null;
    }
}
