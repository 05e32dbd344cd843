using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using Gristmill.Queues;

namespace Gristmill;

/// <summary>
/// A bounded first-in first-out queue for any number of producers and consumers. Never blocks and never allocates after
/// construction: full and empty are return values, and true at some moment of the call. Safe from any thread.
/// </summary>
/// <remarks>
/// Vyukov's bounded queue: a ticket (head or tail) chooses the slot, and the slot's sequence number says whose turn it is. Slot i is
/// free for ticket t when its sequence is t, and holds the item of ticket t when it is t + 1. Tickets are taken by
/// compare-and-swap, not by fetch-and-add, because a ticket that was added cannot be given back when the queue turns out full.
/// </remarks>
#pragma warning disable CA1711 // It is a queue.
public sealed class MpmcQueue<T>
#pragma warning restore CA1711
{
    private readonly Cell[] _cells;
    private readonly int _mask;
    private QueueTickets _tickets;

    /// <param name="capacity">Items at most; rounded up to a power of two, at least 2.</param>
    public MpmcQueue(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1 << 30);
        _cells = new Cell[Math.Max(2, (int)BitOperations.RoundUpToPowerOf2((uint)capacity))];
        _mask = _cells.Length - 1;
        for (int i = 0; i < _cells.Length; i++)
            _cells[i].Sequence = i;
    }

    public int Capacity => _cells.Length;

    /// <summary>A moment's count.</summary>
    public int Count
    {
        get
        {
            long head = Volatile.Read(ref _tickets.Head);
            return (int)Math.Clamp(Volatile.Read(ref _tickets.Tail) - head, 0, _cells.Length);
        }
    }

    public bool IsEmpty => Volatile.Read(ref _tickets.Head) >= Volatile.Read(ref _tickets.Tail);

    /// <summary>
    /// True when the oldest item can be taken. False may also mean that its producer is between its two writes: for who looks again and again, and
    /// would take the producers' line with each look at <see cref="IsEmpty"/>.
    /// </summary>
    internal bool HasReady => HasReadyAt(0);

    /// <summary>True when two items or more can be taken, or so it seems while others take some.</summary>
    internal bool HasTwoReady => HasReadyAt(1);

    /// <summary>Adds one item; false when the queue is full.</summary>
    public bool TryEnqueue(T item)
    {
        Cell[] cells = _cells;
        long tail = Volatile.Read(ref _tickets.Tail);
        var spin = new SpinWait();
        while (true)
        {
            ref Cell cell = ref cells[(int)tail & _mask];
            long turn = Volatile.Read(ref cell.Sequence) - tail;
            if (turn == 0)
            {
                long seen = Interlocked.CompareExchange(ref _tickets.Tail, tail + 1, tail);
                if (seen == tail)
                {
                    cell.Item = item;
                    // After the item: a consumer that sees the sequence must see the item.
                    Volatile.Write(ref cell.Sequence, tail + 1);
                    return true;
                }

                tail = seen;
            }
            else if (turn < 0)
            {
                if (IsStuckAt(tail, ref _tickets.Tail, tail - Volatile.Read(ref _tickets.Head) >= cells.Length, ref spin))
                    return false;
                tail = Volatile.Read(ref _tickets.Tail);
            }
            else
            {
                tail = Volatile.Read(ref _tickets.Tail);
            }
        }
    }

    /// <summary>Takes the oldest item; false when the queue is empty.</summary>
    public bool TryDequeue([MaybeNullWhen(false)] out T item)
    {
        Cell[] cells = _cells;
        long head = Volatile.Read(ref _tickets.Head);
        var spin = new SpinWait();
        while (true)
        {
            ref Cell cell = ref cells[(int)head & _mask];
            long turn = Volatile.Read(ref cell.Sequence) - (head + 1);
            if (turn == 0)
            {
                long seen = Interlocked.CompareExchange(ref _tickets.Head, head + 1, head);
                if (seen == head)
                {
                    item = cell.Item!;
                    if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
                        cell.Item = default;
                    Volatile.Write(ref cell.Sequence, head + cells.Length);
                    return true;
                }

                head = seen;
            }
            else if (turn < 0)
            {
                if (IsStuckAt(head, ref _tickets.Head, Volatile.Read(ref _tickets.Tail) <= head, ref spin))
                {
                    item = default;
                    return false;
                }

                head = Volatile.Read(ref _tickets.Head);
            }
            else
            {
                head = Volatile.Read(ref _tickets.Head);
            }
        }
    }

    /// <summary>The oldest item without taking it; it may be gone already. Only for references, which are read whole.</summary>
    internal bool TryGlance([MaybeNullWhen(false)] out T item)
    {
        item = IsEmpty ? default : _cells[(int)Volatile.Read(ref _tickets.Head) & _mask].Item;
        return item is not null;
    }

    /// <summary>Adds items from the front of <paramref name="items"/>, in order, until the queue is full; returns how many.</summary>
    public int EnqueueBatch(ReadOnlySpan<T> items)
    {
        int done = 0;
        var spin = new SpinWait();
        while (done < items.Length)
        {
            long tail = Volatile.Read(ref _tickets.Tail);
            int room = FreeRun(tail, items.Length - done, offset: 0);
            if (room == 0)
            {
                if (IsStuckAt(tail, ref _tickets.Tail, tail - Volatile.Read(ref _tickets.Head) >= _cells.Length, ref spin))
                    break;
                continue;
            }

            if (Interlocked.CompareExchange(ref _tickets.Tail, tail + room, tail) != tail)
                continue;
            for (int i = 0; i < room; i++)
            {
                ref Cell cell = ref _cells[(int)(tail + i) & _mask];
                cell.Item = items[done + i];
                Volatile.Write(ref cell.Sequence, tail + i + 1);
            }

            done += room;
        }

        return done;
    }

    /// <summary>Takes up to <paramref name="destination"/>'s length of items, oldest first; returns how many.</summary>
    public int DequeueBatch(Span<T> destination)
    {
        var spin = new SpinWait();
        while (!destination.IsEmpty)
        {
            long head = Volatile.Read(ref _tickets.Head);
            int run = FreeRun(head, destination.Length, offset: 1);
            if (run == 0)
            {
                if (IsStuckAt(head, ref _tickets.Head, Volatile.Read(ref _tickets.Tail) <= head, ref spin))
                    break;
                continue;
            }

            if (Interlocked.CompareExchange(ref _tickets.Head, head + run, head) != head)
                continue;
            for (int i = 0; i < run; i++)
            {
                ref Cell cell = ref _cells[(int)(head + i) & _mask];
                destination[i] = cell.Item!;
                if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
                    cell.Item = default;
                Volatile.Write(ref cell.Sequence, head + i + _cells.Length);
            }

            return run;
        }

        return 0;
    }

    private bool HasReadyAt(int offset)
    {
        long head = Volatile.Read(ref _tickets.Head);
        while (true)
        {
            if (Volatile.Read(ref _cells[(int)(head + offset) & _mask].Sequence) == head + offset + 1)
                return true;
            // Another consumer may have taken the item of the first look, and more lie behind it.
            long now = Volatile.Read(ref _tickets.Head);
            if (now == head)
                return false;
            head = now;
        }
    }

    /// <summary>
    /// True when a ticket's slot is not ready because the queue is full (or empty). False means: look again. A slot may also be
    /// unready because its last holder has its ticket and is between its two writes. To answer "full" or "empty" then would be
    /// wrong, since items behind that slot may long be there; that holder is two instructions from done.
    /// </summary>
    private static bool IsStuckAt(long ticket, ref long tickets, bool limitReached, ref SpinWait spin)
    {
        if (Volatile.Read(ref tickets) != ticket)
            return false;
        if (limitReached)
            return true;
        spin.SpinOnce(sleep1Threshold: -1);
        return false;
    }

    /// <summary>
    /// Slots in a row from <paramref name="ticket"/> on that are in the state asked for (0 free, 1 filled). They stay so until the
    /// ticket moves, because only the holder of a ticket changes its slot.
    /// </summary>
    private int FreeRun(long ticket, int limit, int offset)
    {
        int most = Math.Min(limit, _cells.Length);
        int run = 0;
        while (run < most && Volatile.Read(ref _cells[(int)(ticket + run) & _mask].Sequence) == ticket + run + offset)
            run++;
        return run;
    }

    private struct Cell
    {
        // Written by the holder of the ticket (release), read by everyone (acquire).
        public long Sequence;
        public T? Item;
    }
}
