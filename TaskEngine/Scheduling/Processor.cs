using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Gristmill.Scheduling;

/// <summary>Hints to the processor that have no meaning in the memory model.</summary>
internal static class Processor
{
    /// <summary>
    /// One pause instruction, 5 to 50 ns: for loops that look at memory again at once. <see cref="Thread.SpinWait"/> counts in units that the runtime measures
    /// at start, and gets wrong by orders of magnitude when the process is held up in that moment.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pause()
    {
        if (X86Base.IsSupported)
            X86Base.Pause();
        else if (ArmBase.IsSupported)
            ArmBase.Yield();
        else
            Thread.SpinWait(1);
    }

    /// <summary>Begins to fetch the line of an object that is going to be used in a moment.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Prefetch(object item)
    {
        // The address is no more than a guess: if the collector moves the object in between, another line is fetched.
        if (Sse.IsSupported)
            Sse.Prefetch0(*(void**)Unsafe.AsPointer(ref item));
    }
}
