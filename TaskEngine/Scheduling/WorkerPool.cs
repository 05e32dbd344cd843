using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Gristmill.Scheduling;

/// <summary>
/// The workers, and everything they share: injectors, idle workers, clock. Work submitted on a worker goes to that worker's own queue,
/// work from any other thread to an injector. Safe from any thread.
/// </summary>
internal sealed partial class WorkerPool
{
    // About half a microsecond.
    private const int GraceSpins = 12;

    private static readonly long s_streamTicks = Stopwatch.Frequency / 500_000;

    private readonly Injector[] _injectors;
    private readonly ILogger _logger;
    private readonly PoolMonitor _monitor;
    private PaddedWord _clock;
    private PaddedWord _outsideWakes;
    private PaddedCounter _unhandledElsewhere;

    // When a producer last considered a wake. Written and read by producers, without order: a lost write costs a wake.
    private PaddedWord _lastGrace;
    private volatile State _state;
    private volatile bool _usesDeadlines;

    public WorkerPool(WorkerPoolSettings settings, ILogger logger)
    {
        _logger = logger;
        Settings = settings;
        Lanes = settings.Lanes;
        StealsWork = settings.StealsWork;
        _slots = new Worker?[settings.Workers + settings.MaxStandIns];
        _target = settings.MinWorkers ?? settings.Workers;
        Clock = Stopwatch.GetTimestamp();
        Idle = new IdleWorkers<PaddedWord, HardwareFence>(_slots.Length);
        _injectors = new Injector[Lanes];
        for (int i = 0; i < Lanes; i++)
            _injectors[i] = new Injector(ringCapacity: 1024);
        DatedInjector = new Injector(ringCapacity: 1024);
        _monitor = new PoolMonitor(this, settings.OnTick);
    }

    private enum State
    {
        Running,

        /// <summary>Workers leave when nothing is left.</summary>
        Stopping,

        /// <summary>All workers have left.</summary>
        Closed,
    }

    public WorkerPoolSettings Settings { get; }

    public string Name => Settings.Name;

    public int Lanes { get; }

    public bool StealsWork { get; }

    /// <summary>At most half of the workers search at a time: more find nothing that these do not.</summary>
    public int SearcherLimit => Math.Max(1, _target / 2);

    /// <summary>For items with deadlines, of all lanes.</summary>
    public Injector DatedInjector { get; }

    /// <summary>True from the first item with a deadline on: a pool that never sees one does not look for them.</summary>
    public bool UsesDeadlines => _usesDeadlines;

    public bool HasInjectedDated
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _usesDeadlines && DatedInjector.HasReady;
    }

    /// <summary>True when an injector holds an item that can be taken.</summary>
    public bool HasInjected
    {
        get
        {
            foreach (Injector injector in _injectors)
            {
                if (injector.HasReady)
                    return true;
            }

            return HasInjectedDated;
        }
    }

    public IdleWorkers<PaddedWord, HardwareFence> Idle { get; }

    /// <summary>
    /// A coarse <see cref="Stopwatch"/> timestamp: each busy worker refreshes it about every 200 µs, and so does every wake.
    /// </summary>
    public long Clock
    {
        get => _clock.ReadOwn();
        set => _clock.Write(value);
    }

    public bool IsStopping => _state != State.Running;

    /// <summary>Wakes by threads that are no workers.</summary>
    public long OutsideWakes => _outsideWakes.Read();

    /// <summary>Items that threw on the .NET pool, after this one had stopped.</summary>
    public long UnhandledElsewhere => _unhandledElsewhere.Read();

    /// <summary>True when some queue holds an item that a worker without work may take: a moment's truth.</summary>
    public bool HasWork
    {
        get
        {
            if (HasInjected)
                return true;
            // Without stealing, what lies with a worker is its own business, and it does not sleep on it.
            for (int i = 0; StealsWork && i < SlotCount; i++)
            {
                if (WorkerAt(i) is { HasWork: true })
                    return true;
            }

            return false;
        }
    }

    /// <summary>The calling thread as a worker of this pool; null when it is none.</summary>
    public Worker? CurrentWorker => Worker.Current is { } worker && worker.Pool == this ? worker : null;

    /// <summary>Age of the oldest item that waits anywhere, as far as it can be seen from outside; in timestamps.</summary>
    public long OldestReadyAge(long now)
    {
        long oldest = now;
        for (int i = 0; i < SlotCount; i++)
        {
            for (int lane = 0; lane < Lanes; lane++)
                oldest = Math.Min(oldest, WorkerAt(i)?.OldestReadyAt(lane) ?? now);
        }

        foreach (Injector injector in _injectors)
            oldest = Math.Min(oldest, injector.Glance()?.ReadyAt ?? now);
        oldest = Math.Min(oldest, DatedInjector.Glance()?.ReadyAt ?? now);
        return now - oldest;
    }

    public Injector InjectorOf(int lane) => _injectors[lane];

    /// <summary>Starts the threads. Once.</summary>
    public void Start()
    {
        lock (_threadsLock)
        {
            while (_running < _target)
                StartThread();
        }

        _monitor.Start();
    }

    /// <summary>Queues an item; it runs exactly once.</summary>
    /// <exception cref="UnavailableException">The pool has stopped; the item was not queued.</exception>
    public void Submit(WorkItem item)
    {
        if (CurrentWorker is { } worker)
            worker.Push(item);
        else if (_state != State.Closed)
            Inject(item);
        else
            throw new UnavailableException("The worker pool has stopped.");
    }

    /// <summary>
    /// Queues what somebody waits for, such as a continuation: never refused. When the pool has stopped, the .NET pool runs it.
    /// </summary>
    public void Post(WorkItem item)
    {
        if (CurrentWorker is { } worker)
            worker.Push(item);
        else if (_state != State.Closed)
            Inject(item);
        else
            RunElsewhere(item);
    }

    /// <summary>Queues many items with one wake.</summary>
    /// <exception cref="UnavailableException">The pool has stopped; no item was queued.</exception>
    public void Submit(ReadOnlySpan<WorkItem> items, int lane)
    {
        if (CurrentWorker is { } worker)
        {
            foreach (WorkItem item in items)
                worker.PushLast(item);
            return;
        }

        if (_state == State.Closed)
            throw new UnavailableException("The worker pool has stopped.");
        long now = Clock;
        foreach (WorkItem item in items)
        {
            item.ReadyAt = now;
            item.Lane = lane;
        }

        Injector injector = _injectors[lane];
        injector.Push(items);
        AfterInjection(injector);
    }

    /// <summary>An item with a deadline is about to be queued.</summary>
    public void NoteDeadline()
    {
        if (!_usesDeadlines)
            _usesDeadlines = true;
    }

    /// <summary>Called by a worker after each push.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void NotifyPush(Worker worker)
    {
        int index = Idle.AfterPush();
        if (index >= 0)
            Unpark(index, worker);
    }

    /// <summary>After the last searcher left with an item in hand.</summary>
    public void WakeIfWorkIsLeft(Worker worker)
    {
        if (Idle.Sleepers > 0 && HasWork)
            WakeOne(worker);
    }

    /// <summary>Wakes the most recently parked worker, unless somebody searches already.</summary>
    /// <param name="waker">The calling worker; null on other threads.</param>
    public void WakeOne(Worker? waker)
    {
        int index = Idle.TryWake();
        if (index >= 0)
            Unpark(index, waker);
    }

    private void Unpark(int index, Worker? waker)
    {
        if (waker is not null)
            waker.Counters.Wakes++;
        else
            CountOutsideWake();
        Clock = Stopwatch.GetTimestamp();
        WorkerAt(index)!.Unpark();
        _monitor.Rouse();
    }

    /// <summary>Keeps the monitor from going dormant, or ends that.</summary>
    public void RouseMonitor() => _monitor.Rouse();

    public void WakeAll()
    {
        for (int index; (index = Idle.TryWake(evenIfSearching: true)) >= 0;)
            WorkerAt(index)!.Unpark();
    }

    public void ReportUnhandled(Exception exception)
    {
        try
        {
            LogUnhandled(_logger, Name, exception);
        }
        catch (Exception)
        {
            // A logger that throws has nobody left to tell, and must not end the worker. The counter has the item.
        }
    }

    /// <summary>Lets the workers run what is queued and leave, and waits for them. Must not be called on a worker.</summary>
    public void Stop(TimeSpan limit)
    {
        if (_state == State.Running)
            _state = State.Stopping;
        HardwareFence.ProcessWide();
        WakeAll();
        long started = Stopwatch.GetTimestamp();
        bool allLeft = true;
        foreach (Thread thread in ThreadsNow())
        {
            TimeSpan left = limit - Stopwatch.GetElapsedTime(started);
            allLeft &= thread.Join(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }

        if (!allLeft)
            LogWorkersLeftBehind(_logger, Name, limit.TotalSeconds);
        _state = State.Closed;
        _monitor.Stop();
        HardwareFence.Full();
        DrainAfterClose();
    }

    private void Inject(WorkItem item)
    {
        item.ReadyAt = Clock;
        Injector injector = _injectors[item.Lane];
        if (item.Deadline != WorkItem.NoDeadline)
        {
            NoteDeadline();
            injector = DatedInjector;
        }

        injector.Push(item);
        AfterInjection(injector);
    }

    private void AfterInjection(Injector injector)
    {
        if (Idle.WantsWake && !IsTakenAtOnce(injector))
            WakeOne(null);
        // Behind the injector's barrier: the thread that closes the pool has it the other way round.
        if (_state == State.Closed)
            DrainAfterClose();
    }

    // A worker between two items takes an injected one within a tenth of a microsecond; a wake costs the waker a hundred times that, and the
    // woken thread the core that somebody else may be working on. A stream of items has work for the sleeper: its producer must not wait for each to be taken.
    private bool IsTakenAtOnce(Injector injector)
    {
        long now = Stopwatch.GetTimestamp();
        bool isStream = now - _lastGrace.Read() < s_streamTicks;
        _lastGrace.Write(now);
        if (isStream || Idle.Sleepers >= _running)
            return false;
        for (int i = 0; i < GraceSpins; i++)
        {
            Thread.SpinWait(1);
            if (injector.IsEmpty || !Idle.WantsWake)
                return true;
        }

        return false;
    }

    // Items that raced with the end of the pool.
    private void DrainAfterClose()
    {
        List<WorkItem> left = [];
        foreach (Injector injector in _injectors.Append(DatedInjector))
            injector.TakeAll(left);
        foreach (WorkItem item in left)
            RunElsewhere(item);
    }

    private void RunElsewhere(WorkItem item) =>
        ThreadPool.UnsafeQueueUserWorkItem(static run => run.Pool.ExecuteHere(run.Item), (Pool: this, Item: item), preferLocal: false);

    // On a thread that is not the pool's: what the item throws must end neither it nor the process.
    private void ExecuteHere(WorkItem item)
    {
        try
        {
            item.Execute();
        }
        catch (Exception exception)
        {
            _unhandledElsewhere.Increment();
            ReportUnhandled(exception);
        }
    }

    private void CountOutsideWake()
    {
        long seen;
        do
            seen = _outsideWakes.Read();
        while (!_outsideWakes.TryChange(seen, seen + 1));
    }

    [LoggerMessage(1000, LogLevel.Error, "A work item, callback or listener of pool {Pool} threw.")]
    private static partial void LogUnhandled(ILogger logger, string pool, Exception exception);

    [LoggerMessage(1001, LogLevel.Warning, "Pool {Pool} stopped, but not every worker had left after {Seconds} s: a handler does not return.")]
    private static partial void LogWorkersLeftBehind(ILogger logger, string pool, double seconds);
}
