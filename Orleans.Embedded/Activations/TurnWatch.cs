namespace Orleans.Runtime;

/// <summary>
/// Sees to it that turns which block their threads do not take the thread pool from everyone else. A turn that has run for half a second counts as
/// blocked; for each of them the pool is asked for two threads more, and for one more for each item that waits behind them, so that a queue of blocking
/// turns gets through in a few rounds. When they end, the pool goes back to its own minimum.
/// </summary>
/// <remarks>
/// The pool would add threads by itself, one every half second or more. The watch has a thread of its own, because it is needed
/// when the pool has none left. One watch serves all silos of the process, as there is one pool.
/// </remarks>
internal static class TurnWatch
{
    private const int PeriodMs = 250;
    private const int BlockedAfterMs = 500;

    // More threads than this help nobody.
    private const int MaxExtraThreads = 512;
    private const int MaxThreadsForWaiting = 128;

    private static readonly Lock s_gate = new();
    private static readonly List<TurnSlot> s_slots = [];

    [ThreadStatic]
    private static TurnSlot? t_slot;

    private static int s_users;
    private static ManualResetEventSlim? s_stop;

    /// <summary>The slot of the current thread.</summary>
    public static TurnSlot Slot => t_slot ?? AddSlot();

    public static void Start()
    {
        lock (s_gate)
        {
            if (s_users++ > 0)
                return;
            s_stop = new ManualResetEventSlim();
            new Thread(Watch) { IsBackground = true, Name = "Grain turn watch" }.Start(s_stop);
        }
    }

    public static void Stop()
    {
        lock (s_gate)
        {
            if (--s_users == 0)
                s_stop!.Set();
        }
    }

    private static TurnSlot AddSlot()
    {
        t_slot = new TurnSlot(Thread.CurrentThread);
        lock (s_gate)
            s_slots.Add(t_slot);
        return t_slot;
    }

    private static void Watch(object? stop)
    {
        ManualResetEventSlim stopped = (ManualResetEventSlim)stop!;
        ThreadPool.GetMinThreads(out int minimum, out int completionPorts);
        int extra = 0;
        while (!stopped.Wait(PeriodMs))
        {
            int blocked = CountBlocked();
            // What waits behind the blocked turns may block as well: threads for all of it at once, not for a few more each round.
            int waiting = blocked == 0 ? 0 : (int)Math.Min(ThreadPool.PendingWorkItemCount, MaxThreadsForWaiting);
            int wanted = Math.Min((2 * blocked) + waiting, MaxExtraThreads);
            if (wanted != extra)
                ThreadPool.SetMinThreads(minimum + wanted, completionPorts);
            extra = wanted;
        }

        if (extra > 0)
            ThreadPool.SetMinThreads(minimum, completionPorts);
        stopped.Dispose();
    }

    private static int CountBlocked()
    {
        long before = Environment.TickCount64 - BlockedAfterMs;
        lock (s_gate)
        {
            s_slots.RemoveAll(slot => !slot.Thread.IsAlive);
            return s_slots.Count(slot => slot.IsInTurnSince(before));
        }
    }
}

/// <summary>What one thread runs. Written by that thread, read by the watch.</summary>
internal sealed class TurnSlot(Thread thread)
{
    // Tick count at the beginning of the turn; 0 between turns.
    private long _begun;
    private Activation? _activation;
    private bool _reported;

    public Thread Thread { get; } = thread;

    public void Begin(Activation activation, long now)
    {
        _activation = activation;
        _reported = false;
        Volatile.Write(ref _begun, now);
    }

    public void End()
    {
        Volatile.Write(ref _begun, 0);
        _activation = null;
    }

    /// <summary>True for a turn that began before the given time. Logs it the first time.</summary>
    public bool IsInTurnSince(long time)
    {
        long begun = Volatile.Read(ref _begun);
        if (begun == 0 || begun > time)
            return false;

        // The turn may end meanwhile: then the worst is a report of the next one.
        if (!_reported && _activation is { } activation)
        {
            _reported = true;
            activation.Engine.Log.TurnBlocksThread(activation.GrainId);
        }

        return true;
    }
}
