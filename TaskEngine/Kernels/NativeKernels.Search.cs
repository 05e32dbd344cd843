namespace Gristmill.KernelInterop;

internal sealed unsafe partial class NativeKernels
{
    public override KernelStatus ValidateUtf8(ReadOnlySpan<byte> text)
    {
        fixed (byte* t = text)
            return NativeMethods.ValidateUtf8(t, (ulong)text.Length);
    }

    public override KernelStatus Find(ReadOnlySpan<byte> text, int start, ReadOnlySpan<byte> needle, bool ignoreAsciiCase, out int position)
    {
        position = 0;
        if (start < 0)
            return KernelStatus.OutOfRange;
        ulong value = 0;
        KernelStatus status;
        fixed (byte* t = text, n = needle)
            status = NativeMethods.Find(t, (ulong)text.Length, (ulong)start, n, (ulong)needle.Length, Flags(ignoreAsciiCase), &value);
        position = (int)value;
        return status;
    }

    public override KernelStatus Count(ReadOnlySpan<byte> text, ReadOnlySpan<byte> needle, bool ignoreAsciiCase, out long occurrences)
    {
        ulong value = 0;
        KernelStatus status;
        fixed (byte* t = text, n = needle)
            status = NativeMethods.Count(t, (ulong)text.Length, n, (ulong)needle.Length, Flags(ignoreAsciiCase), &value);
        occurrences = (long)value;
        return status;
    }

    public override KernelStatus FindRecords(
        ReadOnlySpan<byte> text, ReadOnlySpan<uint> ends, ReadOnlySpan<byte> needle, bool ignoreAsciiCase, ref int next, Span<uint> matches,
        out int found)
    {
        found = 0;
        if (next < 0)
            return KernelStatus.OutOfRange;
        ulong from = (ulong)next, count = 0;
        KernelStatus status;
        fixed (byte* t = text, n = needle)
        fixed (uint* e = ends, m = matches)
        {
            status = NativeMethods.FindRecords(
                t, (ulong)text.Length, e, (ulong)ends.Length, n, (ulong)needle.Length, Flags(ignoreAsciiCase), &from, m,
                (ulong)matches.Length, &count);
        }

        if (status == KernelStatus.Ok)
            (next, found) = ((int)from, (int)count);
        return status;
    }

    private static uint Flags(bool ignoreAsciiCase) => ignoreAsciiCase ? 1u : 0u;
}
