using Microsoft.Extensions.Logging;

namespace Gristmill.Scheduling;

/// <summary>
/// How many threads the pool has. The target is the number that should be able to run: it moves between the least and the most with the load.
/// Threads that block do not count, so others stand in for them, up to a bound. All of this is rare and under one lock.
/// </summary>
internal sealed partial class WorkerPool
{
    private readonly Lock _threadsLock = new();

    // A worker stays in its slot when its thread leaves, and serves the next thread.
    private readonly Worker?[] _slots;
    private volatile int _slotCount;
    private volatile int _target;
    private volatile int _running;
    private PaddedCounter _blocked;

    /// <summary>Slots that were ever used; some of their workers may have no thread just now.</summary>
    public int SlotCount => _slotCount;

    /// <summary>Workers that ought to be able to run.</summary>
    public int WorkerCount => _target;

    /// <summary>Threads, blocked ones included.</summary>
    public int ThreadCount => _running;

    /// <summary>Workers in a <see cref="BlockingScope"/>, or stuck.</summary>
    public int BlockedCount => (int)_blocked.Read();

    /// <summary>Slots at most.</summary>
    public int MaxThreads => _slots.Length;

    public Worker? WorkerAt(int index) => Volatile.Read(ref _slots[index]);

    /// <summary>A worker enters a blocking scope.</summary>
    public void OnBlocking(Worker worker)
    {
        worker.HandOffSlot();
        _blocked.Increment();
        StandIn();
    }

    public void OnUnblocked() => _blocked.Decrement();

    /// <summary>The monitor: counts a stuck worker as blocked and puts another thread in its place.</summary>
    public void WriteOff(Worker worker, bool waits)
    {
        if (!worker.TryWriteOff())
            return;
        _blocked.Increment();
        LogStuck(_logger, worker.Index, Name, waits ? "waits" : "computes");
        StandIn();
    }

    /// <summary>The monitor: moves the target; surplus threads leave when they are idle.</summary>
    public void SetTarget(int workers)
    {
        lock (_threadsLock)
            _target = Math.Clamp(workers, Settings.MinWorkers ?? Settings.Workers, Settings.Workers);
        StandIn();
    }

    /// <summary>True when more threads can run than should.</summary>
    public bool HasSurplus => _running - BlockedCount > _target;

    /// <summary>The monitor: asks one sleeping worker to leave.</summary>
    public void RetireOne()
    {
        int index = Idle.TryWake(evenIfSearching: true);
        if (index < 0)
            return;
        Worker worker = WorkerAt(index)!;
        worker.LetRetire();
        worker.Unpark();
    }

    /// <summary>A worker that was asked to leave: true when it still should. Its thread then ends.</summary>
    public bool TryRetire(Worker worker)
    {
        lock (_threadsLock)
        {
            if (!HasSurplus || worker.HasWork)
                return false;
            _running--;
            worker.Thread = null;
            return true;
        }
    }

    /// <summary>A thread's last act.</summary>
    public void OnLeft(Worker worker)
    {
        lock (_threadsLock)
        {
            if (worker.Thread is null || worker.Thread != Thread.CurrentThread)
                return;
            _running--;
            worker.Thread = null;
        }
    }

    private void StandIn()
    {
        lock (_threadsLock)
        {
            while (_running - BlockedCount < _target && _running < _slots.Length && !IsStopping && TryStartThread())
            {
            }
        }

        // A sleeper may be there already; and the new thread may find nothing.
        if (HasWork)
            WakeOne(CurrentWorker);
    }

    private void StartThread()
    {
        int index = 0;
        while (index < _slotCount && _slots[index]!.Thread is not null)
            index++;

        Worker worker = _slots[index] ?? new Worker(this, index);
        Volatile.Write(ref _slots[index], worker);
        if (index == _slotCount)
            _slotCount++;
        var thread = new Thread(static worker => ((Worker)worker!).Run()) { IsBackground = true, Name = $"{Name} worker {index}" };
        worker.Thread = thread;
        _running++;
        try
        {
            thread.UnsafeStart(worker);
        }
        catch
        {
            worker.Thread = null;
            _running--;
            throw;
        }
    }

    // A process at its limit of threads goes on with those it has; the next tick or blocking scope tries again.
    private bool TryStartThread()
    {
        try
        {
            StartThread();
            return true;
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            LogNoThread(_logger, Name, exception);
            return false;
        }
    }

    private List<Thread> ThreadsNow()
    {
        lock (_threadsLock)
            return [.. _slots.Select(static worker => worker?.Thread).OfType<Thread>()];
    }

    [LoggerMessage(1002, LogLevel.Warning, "Worker {Worker} of pool {Pool} {Does} for long in one item; another thread stands in for it.")]
    private static partial void LogStuck(ILogger logger, int worker, string pool, string does);

    [LoggerMessage(1003, LogLevel.Error, "Pool {Pool} could not start a thread in place of one that blocks.")]
    private static partial void LogNoThread(ILogger logger, string pool, Exception exception);
}
