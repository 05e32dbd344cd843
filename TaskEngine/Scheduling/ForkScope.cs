using System.Runtime.CompilerServices;
using Gristmill.Scheduling;

namespace Gristmill;

/// <summary>
/// The worker that a fork-join computation runs on just now. Valid only inside the call that received it: after a split the halves have
/// scopes of their own. On a thread that is no worker the default scope runs both halves there, one after the other.
/// </summary>
public readonly struct ForkScope
{
    private readonly Worker? _worker;

    internal ForkScope(Worker? worker) => _worker = worker;

    /// <summary>Workers that may take part.</summary>
    public int Workers => _worker?.Pool.WorkerCount ?? 1;

    /// <summary>The scope of the calling thread.</summary>
    public static ForkScope Current => new(Worker.Current);

    /// <summary>
    /// Runs both tasks, <paramref name="second"/> on another worker if one is free to take it, and returns when both have ended.
    /// </summary>
    /// <remarks>
    /// The second half is offered on the worker's deque. Usually nobody takes it, and the worker takes it back and just calls it. When it
    /// was stolen, the worker runs other work until it is done. If both throw, the first one's exception leaves.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Join<TFirst, TFirstResult, TSecond, TSecondResult>(
        in TFirst first, in TSecond second, out TFirstResult firstResult, out TSecondResult secondResult)
        where TFirst : struct, IForkTask<TFirstResult>
        where TSecond : struct, IForkTask<TSecondResult>
    {
        Worker? worker = _worker;
        if (worker is null)
        {
            firstResult = Unsafe.AsRef(in first).Run(this);
            secondResult = Unsafe.AsRef(in second).Run(this);
            return;
        }

        JoinFrames<TSecond, TSecondResult> frames = JoinFrames<TSecond, TSecondResult>.Of(worker);
        JoinFrame<TSecond, TSecondResult> frame = frames.Rent();
        frame.Task = second;
        worker.PushFork(frame);
        bool returned = false;
        try
        {
            firstResult = Unsafe.AsRef(in first).Run(this);
            returned = true;
        }
        finally
        {
            // The frame is still on offer, or running elsewhere: it must end before this stack does.
            if (!returned)
            {
                worker.Reclaim(frame);
                frames.Return();
            }
        }

        if (worker.TryTakeBack(frame))
        {
            frames.Return();
            secondResult = Unsafe.AsRef(in second).Run(this);
        }
        else
        {
            secondResult = frames.AwaitStolen(worker, frame);
        }
    }
}
