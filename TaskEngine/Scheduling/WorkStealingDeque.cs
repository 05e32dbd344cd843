using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Gristmill.Scheduling;

/// <summary>
/// The queue of one worker. The owner pushes at the bottom and takes from either end; any thread steals from the top; nobody
/// ever waits. Chase and Lev, "Dynamic circular work-stealing deque" (SPAA 2005), with the orderings of Lê et al. (PPoPP 2013).
/// </summary>
/// <remarks>
/// Protocol. Items live at indices top ≤ i &lt; bottom of a ring that grows and never shrinks. Bottom is written by the owner
/// only. Top only grows, by compare-and-swap; whoever moves top from i to i + 1 owns item i. The owner takes item bottom - 1
/// without a compare-and-swap as long as it is not the last, and for that it must first publish the smaller bottom and only then
/// read top, with a full barrier between. docs/concurrency.md has the proof sketch.
/// </remarks>
internal sealed class WorkStealingDeque<TWord, TSlot, TFence>
    where TWord : struct, IAtomicWord
    where TSlot : struct, IAtomicSlot
    where TFence : struct, IFence
{
#pragma warning disable CS0649, IDE0044 // Written through the methods of its type parameter, and on no account readonly.
    // Written by the owner (release), read by thieves (acquire).
    private TWord _bottom;

    // Changed by thieves and, for the last item or from the front, by the owner: compare-and-swap only.
    private TWord _top;
#pragma warning restore CS0649, IDE0044

    // Replaced by the owner when full. A thief that still reads a ring that was outgrown finds its item there unchanged, and the
    // garbage collector keeps that ring for as long as it is needed.
    private TSlot[] _ring;

    // The owner's last sight of top: it can only be too small, so it errs towards "full" and is then read afresh.
    private long _knownTop;

    /// <param name="capacity">Slots at first; a power of two.</param>
    /// <param name="firstIndex">Where the indices begin; tests start them next to 2^31 and 2^32.</param>
    public WorkStealingDeque(int capacity = 256, long firstIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 2);
        if (!System.Numerics.BitOperations.IsPow2(capacity))
            throw new ArgumentException("The capacity is no power of two.", nameof(capacity));

        _ring = new TSlot[capacity];
        _top.Write(firstIndex);
        _bottom.Write(firstIndex);
        _knownTop = firstIndex;
    }

    /// <summary>A moment's count; exact only for the owner while nobody steals.</summary>
    public int Count => (int)Math.Max(0, _bottom.Read() - _top.Read());

    public bool IsEmpty => _bottom.Read() <= _top.Read();

    /// <summary>Owner only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Push(WorkItem item)
    {
        long bottom = _bottom.ReadOwn();
        TSlot[] ring = _ring;
        if (bottom - _knownTop >= ring.Length)
            ring = MakeRoom(bottom);

        ring[bottom & (ring.Length - 1)].Write(item);
        // After the slot: a thief that sees the new bottom must see the item.
        _bottom.Write(bottom + 1);
    }

    /// <summary>Owner only: the youngest item.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public WorkItem? Pop()
    {
        long bottom = _bottom.ReadOwn() - 1;
        if (_top.Read() > bottom)
            return null;

        // The claim must be visible before top is read: with a mere release store a thief could take item "bottom" while this
        // thread, which has not seen that thief's top, takes it too.
        _bottom.Exchange(bottom);
        long top = _top.Read();
        ref TSlot slot = ref _ring[bottom & (_ring.Length - 1)];
        if (top < bottom)
        {
            WorkItem? item = slot.Read();
            slot.Write(null);
            return item;
        }

        return PopLast(ref slot, top, bottom);
    }

    /// <summary>
    /// Owner only: <see cref="Push"/> for an object that comes back to the same index again and again. What is there already is not
    /// written: for the garbage collector a write of a reference is more than a store.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PushAgain(WorkItem item)
    {
        long bottom = _bottom.ReadOwn();
        TSlot[] ring = _ring;
        if (bottom - _knownTop >= ring.Length)
            ring = MakeRoom(bottom);

        ref TSlot slot = ref ring[bottom & (ring.Length - 1)];
        if (!ReferenceEquals(slot.Read(), item))
            slot.Write(item);
        _bottom.Write(bottom + 1);
    }

    /// <summary>
    /// Owner only: takes the youngest item if it is <paramref name="expected"/>, which was pushed by <see cref="PushAgain"/> and has an
    /// owner of its own: the slot keeps its reference. False leaves the deque as it was.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryPopAgain(WorkItem expected)
    {
        long bottom = _bottom.ReadOwn() - 1;
        TSlot[] ring = _ring;
        ref TSlot slot = ref ring[bottom & (ring.Length - 1)];
        if (!ReferenceEquals(slot.Read(), expected))
            return false;

        // As in Pop.
        _bottom.Exchange(bottom);
        long top = _top.Read();
        return top < bottom || PopLast(ref slot, top, bottom) is not null;
    }

    /// <summary>Owner only: the oldest item.</summary>
    public WorkItem? PopFirst()
    {
        while (true)
        {
            long top = _top.Read();
            if (top >= _bottom.ReadOwn())
                return null;

            ref TSlot slot = ref _ring[top & (_ring.Length - 1)];
            WorkItem? item = slot.Read();
            if (_top.TryChange(top, top + 1))
            {
                slot.Write(null);
                return item;
            }
        }
    }

    /// <summary>Any thread: the oldest item.</summary>
    public StealResult Steal(out WorkItem? item)
    {
        item = null;
        long top = _top.Read();
        // Who looks around finds most deques empty, and needs no fence to say so: top only grows, so at this read of bottom it was empty.
        if (top >= _bottom.Read())
            return StealResult.Empty;

        // Top before bottom, on every thief: the owner's pop has the opposite order, and one of the two sees the other.
        TFence.Full();
        if (top >= _bottom.Read())
            return StealResult.Empty;

        TSlot[] ring = Volatile.Read(ref _ring);
        // The slot before the compare-and-swap: afterwards the owner may have reused it.
        WorkItem? candidate = ring[top & (ring.Length - 1)].Read();
        if (!_top.TryChange(top, top + 1))
            return StealResult.Retry;

        item = candidate;
        return StealResult.Success;
    }

    /// <summary>The item that has waited longest, at a glance: it may be taken already. For diagnostics.</summary>
    public WorkItem? Glance()
    {
        long top = _top.Read();
        TSlot[] ring = Volatile.Read(ref _ring);
        return top < _bottom.Read() ? ring[top & (ring.Length - 1)].Read() : null;
    }

    /// <summary>Owner only, with no thief at work.</summary>
    [Conditional("DEBUG")]
    public void AssertInvariants()
    {
        long top = _top.Read(), bottom = _bottom.Read();
        Debug.Assert(top <= bottom, "top passed bottom");
        Debug.Assert(bottom - top <= _ring.Length, "more items than slots");
        Debug.Assert(_knownTop <= top, "the owner knows a top that never was");
        for (long i = top; i < bottom; i++)
            Debug.Assert(_ring[i & (_ring.Length - 1)].Read() is not null, "a hole between top and bottom");
    }

    // Top is not moved back when the race is lost: bottom goes back up to it, and the deque is empty.
    private WorkItem? PopLast(ref TSlot slot, long top, long bottom)
    {
        WorkItem? item = null;
        if (top == bottom)
        {
            WorkItem? last = slot.Read();
            if (_top.TryChange(top, top + 1))
            {
                item = last;
                slot.Write(null);
            }
        }

        _bottom.Write(bottom + 1);
        return item;
    }

    private TSlot[] MakeRoom(long bottom)
    {
        _knownTop = _top.Read();
        TSlot[] old = _ring;
        if (bottom - _knownTop < old.Length)
            return old;

        var ring = new TSlot[old.Length * 2];
        for (long i = _knownTop; i < bottom; i++)
            ring[i & (ring.Length - 1)].Write(old[i & (old.Length - 1)].Read());
        // The items before the ring. A release store would do; growth is too rare to save a fence.
        TFence.Full();
        Volatile.Write(ref _ring, ring);
        return ring;
    }
}
