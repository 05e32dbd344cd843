namespace Gristmill.Scheduling;

/// <summary>
/// One worker's items with a deadline, in one lane: earliest first. A heap that only the owner uses, and in front of it a batch of the
/// earliest items that anyone may take, one by one, without a lock. After the Stealing Multi-Queue (Postnikova et al., PPoPP 2022).
/// </summary>
/// <remarks>
/// Invariant: no published item of the heap is earlier than one left in the batch. A batch is immutable but for its cursor; whoever moves the cursor
/// from i to i + 1 owns item i, and the owner calls a batch back by moving the cursor behind the end, which gives it the rest. The heap is
/// entered with a token, which costs the owner one uncontended exchange: the monitor needs it to refill the batch of a worker that is
/// stuck in one item. Thieves never touch it.
/// </remarks>
internal sealed class DeadlineQueue
{
    // Enough for thieves to live on while the owner is long in one item: what is behind it in the heap is out of their reach.
    private const int BatchSize = 32;

    // By deadline; the number keeps equal deadlines in the order of their arrival.
    private readonly PriorityQueue<WorkItem, (long Deadline, long Number)> _heap = new();
    private long _pushed;
    private Batch? _batch;
    private int _token;
    private int _heapCount;

    // The earliest deadline that was added since the batch was made. The owner's.
    private long _earliestAdded = long.MaxValue;

    /// <summary>Any thread: a moment's count.</summary>
    public int Count => Volatile.Read(ref _heapCount) + (Volatile.Read(ref _batch)?.Left ?? 0);

    /// <summary>Any thread: the earliest deadline that could be taken now; <see cref="WorkItem.NoDeadline"/> when there is none.</summary>
    public long Earliest => Volatile.Read(ref _batch)?.Earliest ?? WorkItem.NoDeadline;

    /// <summary>Owner only: the earliest deadline, also when the batch is spent.</summary>
    public long EarliestOfAll()
    {
        if (Volatile.Read(ref _heapCount) > 0 && _batch is not { Left: > 0 })
        {
            Enter();
            RefillIfSpent();
            Leave();
        }

        return Earliest;
    }

    /// <summary>Any thread: the earliest item at a glance.</summary>
    public WorkItem? Glance() => Volatile.Read(ref _batch)?.Glance();

    /// <summary>Owner only.</summary>
    public void Push(WorkItem item)
    {
        PushQuietly(item);
        Publish();
    }

    /// <summary>Owner only: one of several items; nobody else sees it before <see cref="Publish"/>.</summary>
    public void PushQuietly(WorkItem item)
    {
        Enter();
        Add(item);
        _earliestAdded = Math.Min(_earliestAdded, item.Deadline);
        Leave();
    }

    /// <summary>Owner only: makes a new batch if items were added that are more urgent than what thieves see.</summary>
    public void Publish()
    {
        Enter();
        Batch? batch = _batch;
        if (batch is null || batch.Left == 0 || _earliestAdded < batch.Latest)
        {
            batch?.CallBack(this);
            Refill();
        }

        Leave();
    }

    /// <summary>Owner only: the earliest item.</summary>
    public WorkItem? Pop()
    {
        while (true)
        {
            Batch? batch = Volatile.Read(ref _batch);
            if (batch?.Take() is { } item)
                return item;
            if (Volatile.Read(ref _heapCount) > 0)
            {
                Enter();
                RefillIfSpent();
                Leave();
            }
            else if (Volatile.Read(ref _batch) == batch)
            {
                // Only now is it empty: the monitor may just have moved the rest of the heap to a new batch.
                return null;
            }
        }
    }

    /// <summary>Any thread: the earliest item of the batch.</summary>
    public WorkItem? Steal() => Volatile.Read(ref _batch)?.Take();

    /// <summary>Any thread: fills the batch for an owner that is busy. Does not wait: false when the owner is at it.</summary>
    public bool TryRefill()
    {
        if (Volatile.Read(ref _heapCount) == 0 || Interlocked.CompareExchange(ref _token, 1, 0) != 0)
            return false;
        RefillIfSpent();
        Leave();
        return true;
    }

    private void Add(WorkItem item)
    {
        _heap.Enqueue(item, (item.Deadline, _pushed++));
        Volatile.Write(ref _heapCount, _heap.Count);
    }

    private void RefillIfSpent()
    {
        if (_batch is null || _batch.Left == 0)
            Refill();
    }

    private void Refill()
    {
        int count = Math.Min(BatchSize, _heap.Count);
        _earliestAdded = long.MaxValue;
        if (count == 0)
            return;
        var items = new WorkItem[count];
        for (int i = 0; i < count; i++)
            items[i] = _heap.Dequeue();
        // The batch before the smaller count: an item must not be in neither for who looks for work.
        Volatile.Write(ref _batch, new Batch(items));
        Volatile.Write(ref _heapCount, _heap.Count);
    }

    private void Enter()
    {
        var spin = new SpinWait();
        while (Interlocked.Exchange(ref _token, 1) != 0)
            spin.SpinOnce();
    }

    private void Leave() => Volatile.Write(ref _token, 0);

    private sealed class Batch(WorkItem[] items)
    {
        private int _cursor;

        public int Left => Math.Max(0, items.Length - Volatile.Read(ref _cursor));

        public long Latest => items[^1].Deadline;

        public long Earliest => Glance()?.Deadline ?? WorkItem.NoDeadline;

        public WorkItem? Glance()
        {
            int cursor = Volatile.Read(ref _cursor);
            return cursor < items.Length ? items[cursor] : null;
        }

        public WorkItem? Take()
        {
            // The read spares a spent batch the increment, and keeps the cursor from growing without end.
            if (Left == 0)
                return null;
            int index = Interlocked.Increment(ref _cursor) - 1;
            return index < items.Length ? items[index] : null;
        }

        /// <summary>Takes all that is left back into the heap.</summary>
        public void CallBack(DeadlineQueue queue)
        {
            for (int i = Interlocked.Exchange(ref _cursor, items.Length); i < items.Length; i++)
                queue.Add(items[i]);
        }
    }
}
