using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Gristmill.Scheduling;

/// <summary>What a worker knows of the half that it offered: is it done, and does the worker sleep until then?</summary>
internal abstract class JoinFrame : WorkItem
{
    private const int Pending = 0;
    private const int Done = 1;
    private const int OwnerSleeps = 2;

    // Pending → Done by the thief, or Pending → OwnerSleeps by the owner → Done by the thief.
    private int _state;

    /// <summary>The worker that offered the frame. Written once.</summary>
    public Worker Owner { get; set; } = null!;

    internal override bool IsFork => true;

    public bool IsDone => Volatile.Read(ref _state) == Done;

    public void Reopen() => _state = Pending;

    /// <summary>Owner: true when the thief will unpark it, which it may do late, when the owner is awake again.</summary>
    public bool TryPrepareSleep() => Interlocked.CompareExchange(ref _state, OwnerSleeps, Pending) != Done;

    protected void SetDone()
    {
        // Everything the owner needs is read before the exchange: it may reuse the frame right after.
        Worker owner = Owner;
        if (Interlocked.Exchange(ref _state, Done) == OwnerSleeps)
            owner.Unpark();
    }
}

/// <summary>The second half of a split, as it lies on a deque.</summary>
internal sealed class JoinFrame<TTask, TResult> : JoinFrame
    where TTask : struct, IForkTask<TResult>
{
    public TTask Task;
    public TResult? Result;
    public ExceptionDispatchInfo? Failure;

    /// <summary>Only a thief, or its owner while it waits for another frame, comes here.</summary>
    protected internal override void Execute()
    {
        try
        {
            Result = Task.Run(new ForkScope(Worker.Current));
        }
        catch (Exception exception)
        {
            Failure = ExceptionDispatchInfo.Capture(exception);
        }

        SetDone();
    }
}

/// <summary>The frames of one type on one worker: splits nest, so they are a stack. The worker's own.</summary>
internal sealed class JoinFrames<TTask, TResult>
    where TTask : struct, IForkTask<TResult>
{
    private static readonly int s_type = JoinFrameTypes.Next();

    private readonly Worker _owner;
    private JoinFrame<TTask, TResult>[] _frames;
    private int _used;

    private JoinFrames(Worker owner)
    {
        _owner = owner;
        _frames = new JoinFrame<TTask, TResult>[64];
        Fill(0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static JoinFrames<TTask, TResult> Of(Worker worker)
    {
        object?[] all = worker.JoinFrames;
        int type = s_type;
        return type < all.Length && all[type] is { } frames ? Unsafe.As<JoinFrames<TTask, TResult>>(frames) : Create(worker);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public JoinFrame<TTask, TResult> Rent()
    {
        int index = _used;
        JoinFrame<TTask, TResult>[] frames = _frames;
        if ((uint)index >= (uint)frames.Length)
            frames = Grow();
        _used = index + 1;
        return frames[index];
    }

    /// <summary>Returns the frame rented last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Return() => _used--;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public TResult AwaitStolen(Worker worker, JoinFrame<TTask, TResult> frame)
    {
        worker.WaitFor(frame);
        TResult? result = frame.Result;
        ExceptionDispatchInfo? failure = frame.Failure;
        frame.Result = default;
        frame.Failure = null;
        frame.Reopen();
        Return();
        failure?.Throw();
        return result!;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static JoinFrames<TTask, TResult> Create(Worker worker)
    {
        object?[] all = worker.JoinFrames;
        if (s_type >= all.Length)
            Array.Resize(ref all, Math.Max(8, s_type * 2));
        var made = new JoinFrames<TTask, TResult>(worker);
        all[s_type] = made;
        worker.JoinFrames = all;
        return made;
    }

    private JoinFrame<TTask, TResult>[] Grow()
    {
        int old = _frames.Length;
        Array.Resize(ref _frames, old * 2);
        Fill(old);
        return _frames;
    }

    private void Fill(int from)
    {
        for (int i = from; i < _frames.Length; i++)
            _frames[i] = new JoinFrame<TTask, TResult> { Owner = _owner };
    }
}

/// <summary>Numbers the types of frames, so that a worker finds its frames of a type by index.</summary>
internal static class JoinFrameTypes
{
    private static int s_last = -1;

    public static int Next() => Interlocked.Increment(ref s_last);
}
