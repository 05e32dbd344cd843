using System.Runtime.InteropServices;

namespace Gristmill.Scheduling;

/// <summary>
/// Where work enters the pool from threads that are no workers: one per lane. A bounded ring in first-in first-out order, and behind it a chain
/// without bound for what does not fit; while the chain holds items, new ones go there too, so that order is kept but for races.
/// Never refuses: bounded admission is the engine's business. Safe from any thread.
/// </summary>
internal sealed class Injector(int ringCapacity)
{
    private readonly MpmcQueue<WorkItem> _ring = new(ringCapacity);

    private Chain _chain;

    public bool IsEmpty => _ring.IsEmpty && Volatile.Read(ref _chain.Newest) is null;

    /// <inheritdoc cref="MpmcQueue{T}.HasReady"/>
    public bool HasReady => _ring.HasReady || Volatile.Read(ref _chain.Newest) is not null;

    /// <inheritdoc cref="MpmcQueue{T}.HasTwoReady"/>
    public bool HasTwoReady => _ring.HasTwoReady;

    /// <summary>A moment's count.</summary>
    public int Depth => _ring.Count + (Volatile.Read(ref _chain.Newest)?.ChainLength ?? 0);

    /// <summary>The oldest item of the ring at a glance; for diagnostics.</summary>
    public WorkItem? Glance() => _ring.TryGlance(out WorkItem? item) ? item : null;

    /// <summary>Adds an item. A full barrier follows it: what the caller reads next is no older.</summary>
    public void Push(WorkItem item)
    {
        if (Volatile.Read(ref _chain.Newest) is null && _ring.TryEnqueue(item))
            HardwareFence.Full();
        else
            Link(item, item, 1);
    }

    /// <inheritdoc cref="Push(WorkItem)"/>
    public void Push(ReadOnlySpan<WorkItem> items)
    {
        if (Volatile.Read(ref _chain.Newest) is null)
            items = items[_ring.EnqueueBatch(items)..];
        if (items.IsEmpty)
        {
            HardwareFence.Full();
            return;
        }

        for (int i = 1; i < items.Length; i++)
            items[i].Next = items[i - 1];
        Link(items[^1], items[0], items.Length);
    }

    /// <summary>Takes up to a span of items from the ring, oldest first.</summary>
    public int Take(Span<WorkItem> destination) => _ring.DequeueBatch(destination);

    /// <summary>Takes the whole chain, newest first, linked by <see cref="WorkItem.Next"/>; null when there is none.</summary>
    public WorkItem? TakeChain() => Volatile.Read(ref _chain.Newest) is null ? null : Interlocked.Exchange(ref _chain.Newest, null);

    // Ends with a compare-and-swap, which is a full barrier.
    private void Link(WorkItem newest, WorkItem oldest, int count)
    {
        WorkItem? seen = Volatile.Read(ref _chain.Newest);
        while (true)
        {
            oldest.Next = seen;
            // An estimate: an item that was taken and came back meanwhile may bring another number.
            newest.ChainLength = count + (seen?.ChainLength ?? 0);
            WorkItem? now = Interlocked.CompareExchange(ref _chain.Newest, newest, seen);
            if (ReferenceEquals(now, seen))
                return;
            seen = now;
        }
    }

    // Taken whole by Exchange, never popped: no item can come back under a compare-and-swap (no ABA). Alone on its cache lines, because all that use
    // the ring read the field before it.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Chain
    {
        [FieldOffset(128)]
        public WorkItem? Newest;
    }
}
