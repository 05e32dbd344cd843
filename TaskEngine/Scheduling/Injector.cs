global using Injector = Gristmill.Scheduling.Injector<
    Gristmill.Scheduling.PaddedWord, Gristmill.Scheduling.Word, Gristmill.Scheduling.PaddedSlot, Gristmill.Scheduling.HardwareFence>;
using Gristmill.Queues;

namespace Gristmill.Scheduling;

/// <summary>
/// Where work enters the pool from threads that are no workers: one per lane. A bounded ring in first-in first-out order, and behind it a chain
/// without bound for what does not fit; while the chain holds items, new ones go there too, so that order is kept but for races.
/// Never refuses: bounded admission is the engine's business. Safe from any thread.
/// </summary>
internal sealed class Injector<TTicket, TSequence, TSlot, TFence>(int ringCapacity, long firstTicket = 0)
    where TTicket : struct, IAtomicWord
    where TSequence : struct, IAtomicWord
    where TSlot : struct, IAtomicSlot
    where TFence : struct, IFence
{
#pragma warning disable CS0649, IDE0044 // Written through their methods, and on no account readonly.
    private MpmcRing<WorkItem, TTicket, TSequence, TFence> _ring = new(ringCapacity, firstTicket);

    // The newest of the chain. Taken whole by an exchange, never popped: no item can come back under a compare-and-swap (no ABA). Alone on its
    // cache lines, because all that use the ring read it before.
    private TSlot _newest;
#pragma warning restore CS0649, IDE0044

    public bool IsEmpty => _ring.IsEmpty && _newest.Read() is null;

    /// <inheritdoc cref="MpmcRing{T, TTicket, TSequence, TFence}.HasReady"/>
    public bool HasReady => _ring.HasReady || _newest.Read() is not null;

    /// <inheritdoc cref="MpmcRing{T, TTicket, TSequence, TFence}.HasTwoReady"/>
    public bool HasTwoReady => _ring.HasTwoReady;

    /// <summary>A moment's count.</summary>
    public int Depth => _ring.Count + (_newest.Read()?.ChainLength ?? 0);

    /// <summary>The oldest item of the ring at a glance; for diagnostics.</summary>
    public WorkItem? Glance() => _ring.Glance();

    /// <summary>All items at a glance, each perhaps taken already, or none of what is being taken just now; for diagnostics.</summary>
    public IEnumerable<WorkItem> GlanceAll()
    {
        for (int i = 0; i < _ring.Count; i++)
        {
            if (_ring.Glance(i) is { } item)
                yield return item;
        }

        // Who takes the chain changes its links meanwhile: its length bounds the walk.
        WorkItem? linked = _newest.Read();
        for (int left = linked?.ChainLength ?? 0; left > 0 && linked is not null; left--, linked = linked.Next)
            yield return linked;
    }

    /// <summary>Adds an item. A full barrier follows it: what the caller reads next is no older.</summary>
    public void Push(WorkItem item)
    {
        if (_newest.Read() is null && _ring.TryEnqueue(item))
            TFence.Full();
        else
            Link(item, item, 1);
    }

    /// <inheritdoc cref="Push(WorkItem)"/>
    public void Push(ReadOnlySpan<WorkItem> items)
    {
        if (_newest.Read() is null)
            items = items[_ring.EnqueueBatch(items)..];
        if (items.IsEmpty)
        {
            TFence.Full();
            return;
        }

        for (int i = 1; i < items.Length; i++)
            items[i].Next = items[i - 1];
        Link(items[^1], items[0], items.Length);
    }

    /// <summary>Takes up to a span of items from the ring, oldest first.</summary>
    public int Take(Span<WorkItem> destination) => _ring.DequeueBatch(destination);

    /// <summary>Takes the whole chain, newest first, linked by <see cref="WorkItem.Next"/>; null when there is none.</summary>
    public WorkItem? TakeChain() => _newest.Read() is null ? null : _newest.Exchange(null);

    /// <summary>Takes what is there, ring and chain.</summary>
    public void TakeAll(List<WorkItem> destination)
    {
        var batch = new WorkItem[32];
        for (int count; (count = Take(batch)) > 0;)
            destination.AddRange(batch.AsSpan(0, count));
        for (WorkItem? item = TakeChain(); item is not null;)
        {
            WorkItem? next = item.Next;
            item.Next = null;
            destination.Add(item);
            item = next;
        }
    }

    // Ends with a compare-and-swap, which is a full barrier.
    private void Link(WorkItem newest, WorkItem oldest, int count)
    {
        WorkItem? seen;
        do
        {
            seen = _newest.Read();
            oldest.Next = seen;
            // An estimate: an item that was taken and came back meanwhile may bring another number.
            newest.ChainLength = count + (seen?.ChainLength ?? 0);
        }
        while (!_newest.TryChange(seen, newest));
    }
}
