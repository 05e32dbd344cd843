namespace Gristmill.KernelInterop;

/// <summary>Memory of the size of a kernel's data. That it cannot be had is a status, as in native code.</summary>
internal static class WorkingMemory
{
    /// <summary>An array whose elements are unspecified; <see cref="KernelStatus.OutOfMemory"/> when there is none.</summary>
    public static KernelStatus Allocate<T>(int count, out T[] memory)
        where T : unmanaged
    {
        try
        {
            memory = GC.AllocateUninitializedArray<T>(count);
            return KernelStatus.Ok;
        }
        catch (OutOfMemoryException)
        {
            memory = [];
            return KernelStatus.OutOfMemory;
        }
    }
}
