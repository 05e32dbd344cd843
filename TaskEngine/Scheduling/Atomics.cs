using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gristmill.Scheduling;

/// <summary>
/// One shared 64-bit word. The lock-free structures take their words, slots and fences as type parameters, so that the tests can
/// run the very same code on a model of memory with store buffers; with the types of this file the JIT compiles them to plain
/// instructions.
/// </summary>
internal interface IAtomicWord
{
    /// <summary>A read by the only writer: no ordering.</summary>
    long ReadOwn();

    /// <summary>Acquire.</summary>
    long Read();

    /// <summary>Release. Later reads may pass it.</summary>
    void Write(long value);

    /// <summary>Full barrier.</summary>
    long Exchange(long value);

    /// <summary>Full barrier. True when the word held <paramref name="expected"/> and holds <paramref name="value"/> now.</summary>
    bool TryChange(long expected, long value);
}

/// <summary>One shared reference to a work item.</summary>
internal interface IAtomicSlot
{
    WorkItem? Read();

    /// <summary>Release.</summary>
    void Write(WorkItem? value);

    /// <summary>Full barrier.</summary>
    WorkItem? Exchange(WorkItem? value);

    /// <summary>Full barrier. True when the slot held <paramref name="expected"/> and holds <paramref name="value"/> now.</summary>
    bool TryChange(WorkItem? expected, WorkItem? value);
}

/// <summary>The two fences of the scheduler's protocols, and the points at which a thread says that another may be about.</summary>
internal interface IFence
{
    /// <summary>Orders everything before it on this thread with everything after it.</summary>
    static abstract void Full();

    /// <summary>As if every thread of the process had executed <see cref="Full"/> at this moment.</summary>
    static abstract void ProcessWide();

    /// <summary>Lets a thread go on that is between two writes. No ordering: who waits looks at memory again.</summary>
    static abstract void GiveWay(ref SpinWait spin);

    /// <summary>Nothing, but to the tests: a plain access follows that the protocol puts between two atomic ones.</summary>
    static abstract void AtPlainAccess();
}

/// <summary>A word among others.</summary>
internal struct Word : IAtomicWord
{
    private long _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly long ReadOwn() => _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Read() => Volatile.Read(ref _value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(long value) => Volatile.Write(ref _value, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Exchange(long value) => Interlocked.Exchange(ref _value, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryChange(long expected, long value) => Interlocked.CompareExchange(ref _value, value, expected) == expected;
}

/// <summary>A word alone on its cache lines: 128 bytes, because processors fetch lines in pairs.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct PaddedWord : IAtomicWord
{
    [FieldOffset(128)]
    private Word _word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly long ReadOwn() => _word.ReadOwn();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Read() => _word.Read();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(long value) => _word.Write(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Exchange(long value) => _word.Exchange(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryChange(long expected, long value) => _word.TryChange(expected, value);
}

/// <summary>A reference in an array of slots.</summary>
internal struct Slot : IAtomicSlot
{
    private WorkItem? _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public WorkItem? Read() => Volatile.Read(ref _value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(WorkItem? value) => Volatile.Write(ref _value, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public WorkItem? Exchange(WorkItem? value) => Interlocked.Exchange(ref _value, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryChange(WorkItem? expected, WorkItem? value) =>
        ReferenceEquals(Interlocked.CompareExchange(ref _value, value, expected), expected);
}

/// <summary>A reference alone on its cache lines.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct PaddedSlot : IAtomicSlot
{
    [FieldOffset(128)]
    private Slot _slot;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public WorkItem? Read() => _slot.Read();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(WorkItem? value) => _slot.Write(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public WorkItem? Exchange(WorkItem? value) => _slot.Exchange(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryChange(WorkItem? expected, WorkItem? value) => _slot.TryChange(expected, value);
}

internal readonly struct HardwareFence : IFence
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Full() => Interlocked.MemoryBarrier();

    public static void ProcessWide() => Interlocked.MemoryBarrierProcessWide();

    public static void GiveWay(ref SpinWait spin) => spin.SpinOnce(sleep1Threshold: -1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AtPlainAccess()
    {
    }
}
