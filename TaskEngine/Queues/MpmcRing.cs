using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using Gristmill.Scheduling;

namespace Gristmill.Queues;

/// <summary>
/// What <see cref="MpmcQueue{T}"/> does, as a field of whoever needs it: its memory is a type parameter, as in
/// <see cref="WorkStealingDeque{TWord, TSlot, TFence}"/>. Never copy one. Safe from any thread.
/// </summary>
/// <remarks>
/// Vyukov's bounded queue: a ticket (head or tail) chooses the cell, and the cell's sequence number says whose turn it is. Cell i is
/// free for ticket t when its sequence is t, and holds the item of ticket t when it is t + 1. Tickets are taken by
/// compare-and-swap, not by fetch-and-add, because a ticket that was added cannot be given back when the queue turns out full. Tickets are
/// compared by their difference only, so that they may pass the largest number.
/// </remarks>
internal struct MpmcRing<T, TTicket, TSequence, TFence>
    where TTicket : struct, IAtomicWord
    where TSequence : struct, IAtomicWord
    where TFence : struct, IFence
{
    private readonly Cell[] _cells;
    private readonly int _mask;

#pragma warning disable IDE0044 // Written through the methods of its type parameter, and on no account readonly.
    // Apart from each other and from everything else. Moved by whoever takes a ticket, by compare-and-swap.
    private TTicket _head;
    private TTicket _tail;
#pragma warning restore IDE0044

    /// <param name="capacity">Items at most; rounded up to a power of two, at least 2.</param>
    /// <param name="firstTicket">Where the tickets begin; tests start them next to 2^31, 2^32 and 2^63.</param>
    public MpmcRing(int capacity, long firstTicket = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1 << 30);
        _cells = new Cell[Math.Max(2, (int)BitOperations.RoundUpToPowerOf2((uint)capacity))];
        _mask = _cells.Length - 1;
        _head.Write(firstTicket);
        _tail.Write(firstTicket);
        for (int i = 0; i < _cells.Length; i++)
            CellOf(firstTicket + i).Sequence.Write(firstTicket + i);
    }

    public readonly int Capacity => _cells.Length;

    /// <summary>A moment's count.</summary>
    public int Count
    {
        get
        {
            long head = _head.Read();
            return (int)Math.Clamp(_tail.Read() - head, 0, _cells.Length);
        }
    }

    public bool IsEmpty => _head.Read() - _tail.Read() >= 0;

    /// <summary>
    /// True when the oldest item can be taken. False may also mean that its producer is between its two writes: for who looks again and again, and
    /// would take the producers' line with each look at <see cref="IsEmpty"/>.
    /// </summary>
    public bool HasReady => HasReadyAt(0);

    /// <summary>True when two items or more can be taken, or so it seems while others take some.</summary>
    public bool HasTwoReady => HasReadyAt(1);

    /// <summary>Adds one item; false when the queue is full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnqueue(T item)
    {
        Cell[] cells = _cells;
        long tail = _tail.Read();
        var spin = new SpinWait();
        while (true)
        {
            ref Cell cell = ref cells[(int)tail & _mask];
            long turn = cell.Sequence.Read() - tail;
            if (turn == 0 && _tail.TryChange(tail, tail + 1))
            {
                TFence.AtPlainAccess();
                cell.Item = item;
                // After the item: a consumer that sees the sequence must see the item.
                cell.Sequence.Write(tail + 1);
                return true;
            }

            if (turn < 0 && IsStuckAt(tail, ref _tail, tail - _head.Read() >= cells.Length, ref spin))
                return false;
            tail = _tail.Read();
        }
    }

    /// <summary>Takes the oldest item; false when the queue is empty.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryDequeue([MaybeNullWhen(false)] out T item)
    {
        Cell[] cells = _cells;
        long head = _head.Read();
        var spin = new SpinWait();
        while (true)
        {
            ref Cell cell = ref cells[(int)head & _mask];
            long turn = cell.Sequence.Read() - (head + 1);
            if (turn == 0 && _head.TryChange(head, head + 1))
            {
                TFence.AtPlainAccess();
                item = cell.Item!;
                if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
                    cell.Item = default;
                cell.Sequence.Write(head + cells.Length);
                return true;
            }

            if (turn < 0 && IsStuckAt(head, ref _head, _tail.Read() - head <= 0, ref spin))
            {
                item = default;
                return false;
            }

            head = _head.Read();
        }
    }

    /// <summary>
    /// The oldest item, or the one so many places behind it, without taking it; it may be gone already. Only for references, which are read whole.
    /// </summary>
    public T? Glance(int offset = 0)
    {
        long head = _head.Read();
        return _tail.Read() - head > offset ? CellOf(head + offset).Item : default;
    }

    /// <summary>Adds items from the front of <paramref name="items"/>, in order, until the queue is full; returns how many.</summary>
    public int EnqueueBatch(ReadOnlySpan<T> items)
    {
        int done = 0;
        var spin = new SpinWait();
        while (done < items.Length)
        {
            long tail = _tail.Read();
            int room = RunOf(tail, items.Length - done, state: 0);
            if (room == 0)
            {
                if (IsStuckAt(tail, ref _tail, tail - _head.Read() >= _cells.Length, ref spin))
                    break;
                continue;
            }

            if (!_tail.TryChange(tail, tail + room))
                continue;
            for (int i = 0; i < room; i++)
            {
                ref Cell cell = ref CellOf(tail + i);
                TFence.AtPlainAccess();
                cell.Item = items[done + i];
                cell.Sequence.Write(tail + i + 1);
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
            long head = _head.Read();
            int run = RunOf(head, destination.Length, state: 1);
            if (run == 0)
            {
                if (IsStuckAt(head, ref _head, _tail.Read() - head <= 0, ref spin))
                    break;
                continue;
            }

            if (!_head.TryChange(head, head + run))
                continue;
            for (int i = 0; i < run; i++)
            {
                ref Cell cell = ref CellOf(head + i);
                TFence.AtPlainAccess();
                destination[i] = cell.Item!;
                if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
                    cell.Item = default;
                cell.Sequence.Write(head + i + _cells.Length);
            }

            return run;
        }

        return 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly ref Cell CellOf(long ticket) => ref _cells[(int)ticket & _mask];

    private bool HasReadyAt(int offset)
    {
        long head = _head.Read();
        while (true)
        {
            if (CellOf(head + offset).Sequence.Read() == head + offset + 1)
                return true;
            // Another consumer may have taken the item of the first look, and more lie behind it.
            long now = _head.Read();
            if (now == head)
                return false;
            head = now;
        }
    }

    /// <summary>
    /// True when a ticket's cell is not ready because the queue is full (or empty). False means: look again. A cell may also be
    /// unready because its last holder has its ticket and is between its two writes. To answer "full" or "empty" then would be
    /// wrong, since items behind that cell may long be there; that holder is two instructions from done.
    /// </summary>
    private static bool IsStuckAt(long ticket, ref TTicket tickets, bool limitReached, ref SpinWait spin)
    {
        if (tickets.Read() != ticket)
            return false;
        if (limitReached)
            return true;
        TFence.GiveWay(ref spin);
        return false;
    }

    /// <summary>
    /// Cells in a row from <paramref name="ticket"/> on that are in the state asked for (0 free, 1 filled). They stay so until the
    /// ticket moves, because only the holder of a ticket changes its cell.
    /// </summary>
    private readonly int RunOf(long ticket, int limit, int state)
    {
        int most = Math.Min(limit, _cells.Length);
        int run = 0;
        while (run < most && CellOf(ticket + run).Sequence.Read() == ticket + run + state)
            run++;
        return run;
    }

    private struct Cell
    {
        // Written by the holder of the ticket (release), read by everyone (acquire).
        public TSequence Sequence;

        // The holder's.
        public T? Item;
    }
}
