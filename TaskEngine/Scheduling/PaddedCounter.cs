using System.Runtime.InteropServices;

namespace Gristmill.Scheduling;

/// <summary>A counter that many threads change, alone on its cache lines.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct PaddedCounter
{
    [FieldOffset(128)]
    private long _value;

    public long Read() => Volatile.Read(ref _value);

    public long Increment() => Interlocked.Increment(ref _value);

    public long Decrement() => Interlocked.Decrement(ref _value);

    public long Add(long value) => Interlocked.Add(ref _value, value);
}
