using System.Diagnostics;

namespace Gristmill.Scheduling;

/// <summary>
/// A thread that looks after the pool now and then: for what no worker can see because it is busy, for workers that are stuck, for the number
/// of threads, and for tasks that are over their time. Ticks fast while somebody could help a busy worker, slowly while all are busy,
/// and not at all once everything sleeps.
/// </summary>
internal sealed class PoolMonitor
{
    private static readonly TimeSpan s_fast = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_slow = TimeSpan.FromMilliseconds(10);

    // Idle ticks before it goes dormant: a wake of the monitor at every wake of a worker would double their cost.
    private const int TicksToDormancy = 100;

    private readonly WorkerPool _pool;
    private readonly Func<bool>? _onTick;
    private readonly Parker _parker = new();
    private readonly Thread _thread;
    private readonly ThreadCountPolicy _threads;
    private int _dormant;
    private volatile bool _stopped;

    public PoolMonitor(WorkerPool pool, Func<bool>? onTick)
    {
        _pool = pool;
        _onTick = onTick;
        _threads = new ThreadCountPolicy(pool);
        _thread = new Thread(Run) { IsBackground = true, Name = $"{pool.Name} monitor" };
    }

    public void Start() => _thread.UnsafeStart();

    /// <summary>Any thread: makes sure that the monitor ticks.</summary>
    public void Rouse()
    {
        if (Volatile.Read(ref _dormant) != 0 && Interlocked.Exchange(ref _dormant, 0) != 0)
            _parker.Unpark();
    }

    /// <summary>Ends the thread, and waits for that unless called on it.</summary>
    public void Stop()
    {
        if (_stopped)
            return;
        _stopped = true;
        _parker.Unpark();
        if (Thread.CurrentThread != _thread)
            _thread.Join();
    }

    private bool AllAsleep
    {
        get
        {
            if (_pool.Idle.Sleepers < _pool.ThreadCount)
                return false;
            for (int i = 0; i < _pool.SlotCount; i++)
            {
                if (_pool.WorkerAt(i) is { Thread: not null } && !_pool.Idle.IsAsleep(i))
                    return false;
            }

            return true;
        }
    }

    private void Run()
    {
        int idleTicks = 0;
        while (!_stopped)
        {
            bool allAsleep = AllAsleep;
            if (allAsleep && idleTicks > TicksToDormancy && !_pool.HasSurplus)
            {
                GoDormant();
                idleTicks = 0;
                continue;
            }

            _parker.Park(allAsleep || !_pool.Idle.SomeoneSleeps ? s_slow : s_fast);
            if (_stopped)
                break;
            bool needed = Tick(allAsleep);
            idleTicks = needed || !allAsleep ? 0 : idleTicks + 1;
        }
    }

    private bool Tick(bool allAsleep)
    {
        try
        {
            if (!allAsleep)
                HelpBusyWorkers();
            _threads.Tick(Stopwatch.GetTimestamp(), allAsleep);
            return _onTick?.Invoke() ?? false;
        }
        catch (Exception exception)
        {
            // The thread must live: without it no task would ever be over its time.
            _pool.ReportUnhandled(exception);
            return true;
        }
    }

    /// <summary>Hands on what lies behind a long item: in the slot of its worker, or in the heap.</summary>
    private void HelpBusyWorkers()
    {
        for (int i = 0; i < _pool.SlotCount; i++)
            _pool.WorkerAt(i)?.RefillDated();
        if (_pool.Idle.WantsWake && _pool.HasWork)
            _pool.WakeOne(null);
    }

    private void GoDormant()
    {
        _threads.OnDormancy();
        if (_pool.HasSurplus)
            return;
        Interlocked.Exchange(ref _dormant, 1);
        // After the announcement: a worker that woke before it did not see it.
        bool stillAsleep = AllAsleep && !Tick(allAsleep: true);
        if (stillAsleep && !_stopped)
            _parker.Park();
        Volatile.Write(ref _dormant, 0);
    }
}
