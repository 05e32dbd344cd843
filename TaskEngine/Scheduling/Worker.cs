using System.Runtime.CompilerServices;
using Gristmill.Tasks;
using Deque = Gristmill.Scheduling.WorkStealingDeque<
    Gristmill.Scheduling.PaddedWord, Gristmill.Scheduling.Slot, Gristmill.Scheduling.HardwareFence>;

namespace Gristmill.Scheduling;

/// <summary>
/// One worker: a thread, a deque per lane, and a slot for an item that was queued just now, whose data is still in the cache. Members
/// without a note belong to the worker's own thread.
/// </summary>
internal sealed partial class Worker
{
    // More in a row would let two tasks that wake each other starve the deque.
    private const int MaxLifoRuns = 3;

    // Every so many scans the lanes are scanned from another one than the first.
    private const int TurnEvery = 32;

    private const int StealBatch = 32;

    [ThreadStatic]
    private static Worker? t_current;

    private readonly Deque[] _deques;
    private readonly Parker _parker = new();
    private readonly WorkItem[] _batch = new WorkItem[StealBatch];

    // Filled by the owner when it is empty; emptied by the owner or a thief, by exchange.
    private Slot _lifo;

    private int _lifoRuns;
    private int _lane;

    // The deque of _lane.
    private Deque _laneDeque;
    private int _scans;
    private int _lastVictim;
    private uint _random;
    private int _datedTurn;
    private PollInterval _poll = new();

    // Per lane, made with the first item that has a deadline. Written by the owner, read by anyone.
    private readonly DeadlineQueue?[] _dated;

    /// <summary>Written by the worker, read by anyone.</summary>
    public WorkerCounters Counters;

    // The thread's context as it began: what an item sets in it, such as an AsyncLocal, is not the next item's.
    private ExecutionContext _noContext = null!;

    // Written by the worker, read by the monitor: which task's code runs on this thread.
    private TaskRun? _runningTask;

    public Worker(WorkerPool pool, int index)
    {
        Pool = pool;
        Index = index;
        _random = (uint)(index + 1) * 2654435761u;
        _lane = pool.Lanes - 1;
        _dated = new DeadlineQueue?[pool.Lanes];
        _deques = new Deque[pool.Lanes];
        for (int i = 0; i < _deques.Length; i++)
            _deques[i] = new Deque();
        _laneDeque = _deques[_lane];
    }

    /// <summary>The worker whose thread this is; null on any other thread.</summary>
    public static Worker? Current => t_current;

    public WorkerPool Pool { get; }

    public int Index { get; }

    /// <summary>The task whose handler runs here; null between tasks. Any thread may read it.</summary>
    public TaskRun? RunningTask
    {
        get => Volatile.Read(ref _runningTask);
        set => Volatile.Write(ref _runningTask, value);
    }

    /// <summary>Any thread: true when a thief would find something here.</summary>
    public bool HasWork
    {
        get
        {
            if (_lifo.Read() is not null)
                return true;
            for (int lane = 0; lane < _deques.Length; lane++)
            {
                if (!_deques[lane].IsEmpty || DatedOf(lane)?.Earliest < WorkItem.NoDeadline)
                    return true;
            }

            return false;
        }
    }

    /// <summary>Any thread: a moment's count.</summary>
    public int Queued(int lane) => _deques[lane].Count + (DatedOf(lane)?.Count ?? 0) + (GlanceAtSlot(lane) is null ? 0 : 1);

    /// <summary>
    /// Any thread: when the oldest item of a lane became ready, as far as it can be seen from outside; of those with a deadline the earliest speaks for all.
    /// Null when there is none.
    /// </summary>
    public long? OldestReadyAt(int lane)
    {
        long oldest = Math.Min(
            _deques[lane].Glance()?.ReadyAt ?? long.MaxValue, DatedOf(lane)?.Glance()?.ReadyAt ?? long.MaxValue);
        oldest = Math.Min(oldest, GlanceAtSlot(lane)?.ReadyAt ?? long.MaxValue);
        return oldest == long.MaxValue ? null : oldest;
    }

    /// <summary>The monitor: makes items with deadlines stealable that lie behind a long item of this worker.</summary>
    public void RefillDated()
    {
        for (int lane = 0; lane < _dated.Length; lane++)
            DatedOf(lane)?.TryRefill();
    }

    /// <summary>Any thread.</summary>
    public void Unpark() => _parker.Unpark();

    /// <summary>
    /// Queues an item. The first that an item queues goes into the slot and is run next, before what is queued already, as long as that does not go
    /// on too long. An item in the slot wakes nobody: its owner takes it within one item, or the monitor hands it on.
    /// </summary>
    public void Push(WorkItem item)
    {
        item.ReadyAt = Pool.Clock;
        Counters.Spawned++;
        if (item.Deadline != WorkItem.NoDeadline)
        {
            Pool.NoteDeadline();
            DatedOrNew(item.Lane).Push(item);
            Pool.NotifyPush(this);
            return;
        }

        // Thieves only empty the slot, so the owner may fill an empty one without an atomic exchange.
        if (item.Lane <= _lane && _lifo.Read() is null)
        {
            _lifo.Write(item);
            return;
        }

        _deques[item.Lane].Push(item);
        Pool.NotifyPush(this);
    }

    /// <summary>Queues an item behind those that are queued already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PushLast(WorkItem item)
    {
        item.ReadyAt = Pool.Clock;
        Counters.Spawned++;
        _deques[item.Lane].Push(item);
        Pool.NotifyPush(this);
    }

    /// <summary>The thread's main.</summary>
    public void Run()
    {
        t_current = this;
        _noContext = ExecutionContext.Capture()!;
        Pool.Settings.OnThreadStart?.Invoke(Index);
        while (Next() is { } item)
            Invoke(item);
        t_current = null;
        Pool.OnLeft(this);
    }

    /// <summary>Runs one item that is ready on this worker or elsewhere; false when there was none.</summary>
    public bool TryRunOne()
    {
        WorkItem? item = TakeLocal() ?? Sweep(stealSlots: true) ?? TakeInjected();
        if (item is null)
            return false;
        RunOnTop(item);
        return true;
    }

    // On top of another item, whose context is neither this one's nor lost.
    private void RunOnTop(WorkItem item)
    {
        int lane = _lane;
        ExecutionContext.Run(_noContext, static item => Current!.Invoke((WorkItem)item!), item);
        EnterLane(lane);
    }

    private void Invoke(WorkItem item)
    {
        EnterLane(item.Lane);
        try
        {
            item.Execute();
        }
        catch (Exception exception)
        {
            Counters.Unhandled++;
            Pool.ReportUnhandled(exception);
        }

        if (ExecutionContext.Capture() != _noContext)
            ExecutionContext.Restore(_noContext);
        // One writer; the monitor reads it to see whether the worker gets anywhere.
        Volatile.Write(ref Counters.Executed, Counters.Executed + 1);
        if (_isWrittenOff)
            ReturnFromLongItem();
    }

    private void EnterLane(int lane)
    {
        if (_lane == lane)
            return;
        _lane = lane;
        _laneDeque = _deques[lane];
    }

    private WorkItem? Next() => TakeLocal() ?? Search();

    private WorkItem? TakeLocal()
    {
        if (_poll.IsDue())
        {
            Pool.Clock = _poll.Restart();
            Absorb();
        }

        bool areSomeDated = Pool.UsesDeadlines;
        if (areSomeDated)
            AbsorbDated();

        if (_lifoRuns < MaxLifoRuns && TakeSlot() is { } next)
        {
            _lifoRuns++;
            return next;
        }

        _lifoRuns = 0;
        int lanes = _deques.Length;
        int scan = ++_scans;
        bool isTurn = scan % TurnEvery == 0;
        if (areSomeDated && !isTurn && TakeUrgent() is { } urgent)
            return urgent;

        int first = isTurn ? scan / TurnEvery % lanes : 0;
        for (int i = 0; i < lanes; i++)
        {
            int lane = first + i < lanes ? first + i : first + i - lanes;
            if (TakeFromLane(lane) is { } item)
                return item;
        }

        return TakeSlot();
    }

    private WorkItem? TakeFromLane(int lane) =>
        _dated[lane] is { } dated ? TakeDated(dated, lane) : _deques[lane].PopFirst();

    // The read spares the empty slot an exchange.
    private WorkItem? TakeSlot() => _lifo.Read() is null ? null : _lifo.Exchange(null);

    private WorkItem? GlanceAtSlot(int lane) => _lifo.Read() is { } item && item.Lane == lane ? item : null;

    /// <summary>Moves a batch from every injector to the own deques, so that injected work competes by lane with what is here.</summary>
    private void Absorb()
    {
        for (int lane = 0; lane < _deques.Length; lane++)
        {
            Injector injector = Pool.InjectorOf(lane);
            if (injector.HasReady)
                AbsorbFrom(injector, ShareOf(injector));
        }
    }

    private void AbsorbFrom(Injector injector, int most)
    {
        int count = injector.Take(_batch.AsSpan(0, most));
        for (int i = 0; i < count; i++)
            PushInjected(_batch[i]);
        Array.Clear(_batch, 0, count);

        // The chain is only looked at when the ring is empty: what is in the ring is older.
        WorkItem? newest = count == 0 ? injector.TakeChain() : null;
        if (newest is not null)
        {
            for (WorkItem? item = Reverse(newest); item is not null;)
            {
                WorkItem? next = item.Next;
                item.Next = null;
                PushInjected(item);
                item = next;
            }
        }

        // Whoever looked while the items were on their way between two queues saw them in neither.
        if (count > 0 || newest is not null)
        {
            PublishDated();
            Pool.NotifyPush(this);
        }
    }

    private void PushInjected(WorkItem item)
    {
        Counters.Injected++;
        if (item.Deadline == WorkItem.NoDeadline)
            _deques[item.Lane].Push(item);
        else
            DatedOrNew(item.Lane).PushQuietly(item);
    }

    private WorkItem? TakeInjected()
    {
        bool areSomeDated = Pool.HasInjectedDated;
        if (areSomeDated)
        {
            AbsorbDated();
            if (TakeUrgent() is { } urgent)
                return urgent;
        }

        for (int lane = 0; lane < _deques.Length; lane++)
        {
            if (areSomeDated && TakeFromLane(lane) is { } dated)
                return dated;
            Injector injector = Pool.InjectorOf(lane);
            if (injector.HasReady && TakeFrom(injector, lane) is { } item)
                return item;
        }

        return null;
    }

    // The own deques are empty: the oldest item need not pass through one. Only what is left over does, and may want another worker.
    private WorkItem? TakeFrom(Injector injector, int lane)
    {
        int count = injector.Take(_batch.AsSpan(0, ShareOf(injector)));
        if (count == 0)
        {
            AbsorbFrom(injector, StealBatch);
            return TakeFromLane(lane);
        }

        Counters.Injected += count;
        WorkItem first = _batch[0];
        // It comes over from the producer's cache while this worker takes itself off the searchers.
        Processor.Prefetch(first);
        for (int i = 1; i < count; i++)
            _deques[lane].Push(_batch[i]);
        Array.Clear(_batch, 0, count);
        if (count > 1)
            Pool.NotifyPush(this);
        return first;
    }

    // The depth lies on the producers' line, which they want back for their next item: it is read when there is something to share.
    private int ShareOf(Injector injector) =>
        injector.HasTwoReady ? Math.Clamp(injector.Depth / Pool.WorkerCount + 1, 1, StealBatch) : 1;

    private static WorkItem? Reverse(WorkItem newest)
    {
        WorkItem? reversed = null;
        for (WorkItem? item = newest; item is not null;)
        {
            WorkItem? next = item.Next;
            item.Next = reversed;
            reversed = item;
            item = next;
        }

        return reversed;
    }
}
