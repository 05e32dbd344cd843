using Gristmill.Scheduling;

namespace Gristmill.Engine.Tests.Exploration;

/// <summary>A word in the explorer's memory. Outside an exploration it is a plain field.</summary>
internal struct ModelWord : IAtomicWord
{
    private ModelCell? _cell;

    private ModelCell Cell => _cell ??= new ModelCell { Value = 0L };

    // The only writer sees its own stores: no other thread can make a difference.
    public long ReadOwn() => (long)(Explorer.Current?.Peek(Cell) ?? Cell.Value)!;

    public long Read() => (long)(Explorer.Current?.Load(Cell) ?? Cell.Value)!;

    public void Write(long value)
    {
        if (Explorer.Current is { } thread)
            thread.Store(Cell, value);
        else
            Cell.Value = value;
    }

    public long Exchange(long value)
    {
        Barrier();
        var old = (long)Cell.Value!;
        Cell.Value = value;
        return old;
    }

    public bool TryChange(long expected, long value)
    {
        Barrier();
        if ((long)Cell.Value! != expected)
            return false;
        Cell.Value = value;
        return true;
    }

    private void Barrier()
    {
        _ = Cell;
        if (Explorer.Current is not { } thread)
            return;
        thread.Explorer.Step(thread);
        thread.Flush();
    }
}

/// <summary>A mutation: the exchange of a pop is a mere store.</summary>
internal struct WordWithoutFence : IAtomicWord
{
    private ModelWord _word;

    public long ReadOwn() => _word.ReadOwn();

    public long Read() => _word.Read();

    public void Write(long value) => _word.Write(value);

    public long Exchange(long value)
    {
        long old = _word.ReadOwn();
        _word.Write(value);
        return old;
    }

    public bool TryChange(long expected, long value) => _word.TryChange(expected, value);
}

/// <summary>A mutation: the owner, thread 0, takes the last item without asking.</summary>
internal struct WordWithoutOwnersCas : IAtomicWord
{
    private ModelWord _word;

    public long ReadOwn() => _word.ReadOwn();

    public long Read() => _word.Read();

    public void Write(long value) => _word.Write(value);

    public long Exchange(long value) => _word.Exchange(value);

    public bool TryChange(long expected, long value)
    {
        if (Explorer.Current is not { Index: 0 })
            return _word.TryChange(expected, value);
        _word.Write(value);
        return true;
    }
}

internal struct ModelSlot : IAtomicSlot
{
    private ModelCell? _cell;

    private ModelCell Cell => _cell ??= new ModelCell();

    public WorkItem? Read() => (WorkItem?)(Explorer.Current is { } thread ? thread.Load(Cell) : Cell.Value);

    public void Write(WorkItem? value)
    {
        if (Explorer.Current is { } thread)
            thread.Store(Cell, value);
        else
            Cell.Value = value;
    }

    public WorkItem? Exchange(WorkItem? value)
    {
        ModelFence.Full();
        var old = (WorkItem?)Cell.Value;
        Cell.Value = value;
        return old;
    }

    public bool TryChange(WorkItem? expected, WorkItem? value)
    {
        ModelFence.Full();
        if (!ReferenceEquals(Cell.Value, expected))
            return false;
        Cell.Value = value;
        return true;
    }
}

/// <summary>A mutation: what is an atomic step becomes a read and a write.</summary>
internal struct SlotWithoutAtomics : IAtomicSlot
{
    private ModelSlot _slot;

    public WorkItem? Read() => _slot.Read();

    public void Write(WorkItem? value) => _slot.Write(value);

    public WorkItem? Exchange(WorkItem? value)
    {
        WorkItem? old = _slot.Read();
        _slot.Write(value);
        return old;
    }

    public bool TryChange(WorkItem? expected, WorkItem? value)
    {
        if (!ReferenceEquals(_slot.Read(), expected))
            return false;
        _slot.Write(value);
        return true;
    }
}

/// <summary>A mutation: what is an atomic step becomes a read and a write.</summary>
internal struct WordWithoutAtomics : IAtomicWord
{
    private ModelWord _word;

    public long ReadOwn() => _word.ReadOwn();

    public long Read() => _word.Read();

    public void Write(long value) => _word.Write(value);

    public long Exchange(long value)
    {
        long old = _word.Read();
        _word.Write(value);
        return old;
    }

    public bool TryChange(long expected, long value)
    {
        if (_word.Read() != expected)
            return false;
        _word.Write(value);
        return true;
    }
}

internal struct ModelFence : IFence
{
    public static void Full()
    {
        if (Explorer.Current is not { } thread)
            return;
        thread.Explorer.Step(thread);
        thread.Flush();
    }

    public static void ProcessWide()
    {
        if (Explorer.Current is not { } thread)
            return;
        thread.Explorer.Step(thread);
        thread.Explorer.FlushAll();
    }

    public static void GiveWay(ref SpinWait spin)
    {
        if (Explorer.Current is { } thread)
            thread.Explorer.AwaitChange(thread);
    }

    // The access itself becomes visible at once: stores become visible in their order, so who could miss it has not seen the atomic one behind it either.
    public static void AtPlainAccess()
    {
        if (Explorer.Current is { } thread)
            thread.Explorer.Step(thread);
    }
}

/// <summary>A mutation: the parking worker has no process-wide barrier, only its own.</summary>
internal struct FenceWithoutBarrier : IFence
{
    public static void Full() => ModelFence.Full();

    public static void ProcessWide() => ModelFence.Full();

    public static void GiveWay(ref SpinWait spin) => ModelFence.GiveWay(ref spin);

    public static void AtPlainAccess() => ModelFence.AtPlainAccess();
}

/// <summary>A mutation: who publishes does not wait for its stores to be visible.</summary>
internal struct FenceWithoutFull : IFence
{
    public static void Full()
    {
    }

    public static void ProcessWide() => ModelFence.ProcessWide();

    public static void GiveWay(ref SpinWait spin) => ModelFence.GiveWay(ref spin);

    public static void AtPlainAccess() => ModelFence.AtPlainAccess();
}
