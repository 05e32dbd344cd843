namespace Orleans.Runtime;

/// <summary>
/// Sees to it that turns which block or never end do not take the thread pool from everyone else. Fifty times a second it counts the turns that
/// have run for long; for each the pool is asked for two threads more. When the pool has finished nothing since the last look, it is asked for
/// one more for each item that waits as well, for those may block too. A while after they have ended the pool goes back to its own minimum.
/// </summary>
/// <remarks>
/// The pool would add threads by itself, one every half second or more. The watch has a thread of its own, because it is needed
/// when the pool has none left. One watch serves all silos of the process, as there is one pool.
/// </remarks>
internal static class TurnWatch
{
    private const int PeriodMs = 20;
    private const int LongAfterMs = 40;

    // So long that the grain's author should hear of it.
    private const int ReportedAfterMs = 500;

    // New threads begin one after the other: what was asked for must stand until they have.
    private const int KeptForMs = 1_000;

    // More threads than this help nobody.
    private const int MaxExtraThreads = 512;
    private const int MaxThreadsForWaiting = 128;

    private static readonly Lock s_gate = new();
    private static readonly List<TurnSlot> s_slots = [];

    [ThreadStatic]
    private static TurnSlot? t_slot;

    // All guarded by the gate. The event belongs to the watch that runs now.
    private static int s_users;
    private static ManualResetEvent? s_stop;
    private static int s_minimum;
    private static int s_completionPorts;

    /// <summary>The slot of the current thread.</summary>
    public static TurnSlot Slot => t_slot ?? AddSlot();

    public static void Start()
    {
        lock (s_gate)
        {
            if (s_users++ > 0)
                return;
            if (s_minimum == 0)
                ThreadPool.GetMinThreads(out s_minimum, out s_completionPorts);
            s_stop = new ManualResetEvent(initialState: false);
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
        ManualResetEvent stopped = (ManualResetEvent)stop!;
        int extra = 0;
        long keptUntil = 0;
        long completed = 0;
        while (!stopped.WaitOne(PeriodMs))
        {
            long now = Environment.TickCount64;
            long completedBefore = completed;
            completed = ThreadPool.CompletedWorkItemCount;
            int wanted = 2 * CountLongTurns(now);
            if (wanted > 0 && completed == completedBefore)
                wanted += (int)Math.Min(ThreadPool.PendingWorkItemCount, MaxThreadsForWaiting);
            wanted = Math.Min(wanted, MaxExtraThreads);
            if (wanted >= extra)
                keptUntil = now + KeptForMs;
            if (wanted > extra || (wanted < extra && now >= keptUntil))
                Ask(stopped, extra = wanted);
        }

        if (extra > 0)
            Ask(stopped, 0);
        stopped.Dispose();
    }

    private static void Ask(ManualResetEvent watch, int extra)
    {
        lock (s_gate)
        {
            // A silo that started meanwhile has a watch of its own.
            if (ReferenceEquals(watch, s_stop))
                ThreadPool.SetMinThreads(s_minimum + extra, s_completionPorts);
        }
    }

    private static int CountLongTurns(long now)
    {
        lock (s_gate)
        {
            s_slots.RemoveAll(slot => !slot.Thread.IsAlive);
            return s_slots.Count(slot => slot.IsInTurnSince(now - LongAfterMs, reportBefore: now - ReportedAfterMs));
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

    /// <summary>True for a turn that began before the given time. Logs, once, one that began before the other.</summary>
    public bool IsInTurnSince(long time, long reportBefore)
    {
        long begun = Volatile.Read(ref _begun);
        if (begun == 0 || begun > time)
            return false;

        // The turn may end meanwhile: then the worst is a report of the next one.
        if (begun <= reportBefore && !_reported && _activation is { } activation)
        {
            _reported = true;
            activation.Engine.Log.TurnBlocksThread(activation.GrainId);
        }

        return true;
    }
}
