namespace Gristmill.KernelInterop;

/// <summary>The native <c>gm_status</c>; the numbers are part of the ABI.</summary>
internal enum KernelStatus
{
    Ok = 0,
    Null = 1,
    OutOfRange = 2,
    Overflow = 3,
    Overlap = 4,
    Misaligned = 5,
    OutOfMemory = 6,
    Dimension = 7,
    InvalidUtf8 = 8,
    NotAscii = 9,
    Cancelled = 10,
}

/// <summary>The one place where a status, native or managed, becomes an exception.</summary>
internal static class KernelStatusExtensions
{
    public static void ThrowIfFailed(this KernelStatus status, string kernel)
    {
        if (status != KernelStatus.Ok)
            throw ToException(status, kernel);
    }

    public static KernelException ToException(KernelStatus status, string kernel) => status switch
    {
        KernelStatus.Null => new KernelArgumentException(kernel, "data is missing."),
        KernelStatus.OutOfRange => new KernelArgumentException(kernel, "a number lies outside the range that it takes."),
        KernelStatus.Overflow => new KernelOverflowException(kernel),
        KernelStatus.Overlap => new KernelArgumentException(kernel, "the output overlaps an input."),
        KernelStatus.Misaligned => new KernelArgumentException(kernel, "the data is not aligned to its element size."),
        KernelStatus.OutOfMemory => new KernelMemoryException(kernel),
        KernelStatus.Dimension => new KernelArgumentException(kernel, "the sizes do not fit each other."),
        KernelStatus.InvalidUtf8 => new KernelArgumentException(kernel, "the text is not valid UTF-8."),
        KernelStatus.NotAscii => new KernelArgumentException(kernel, "the text is not plain ASCII."),
        _ => new KernelException(kernel, $"unexpected status {(int)status}."),
    };
}
