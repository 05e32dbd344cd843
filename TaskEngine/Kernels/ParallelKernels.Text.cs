namespace Gristmill;

/// <content>
/// Counting in text: a needle that cannot overlap itself has the same occurrences wherever the text is cut, so each block counts those
/// that begin in it. Of another needle ("aa" in "aaaa") it depends on all that comes before which occurrences count: one thread
/// does that, to the end.
/// </content>
public static partial class ParallelKernels
{
    private const int TextBlock = 1 << 20;
    private const int MaxNeedle = 1 << 10;

    /// <inheritdoc cref="Kernels.Count"/>
    public static unsafe long Count(
        ReadOnlySpan<byte> text, ReadOnlySpan<byte> needle, bool ignoreAsciiCase = false, CancellationToken cancellationToken = default)
    {
        int length = text.Length, beyond = needle.Length - 1;
        if (length <= TextBlock || needle.IsEmpty || needle.Length > MaxNeedle || OverlapsItself(needle, ignoreAsciiCase))
            return Kernels.Count(text, needle, ignoreAsciiCase);

        long total = 0;
        fixed (byte* start = text, startNeedle = needle)
        {
            byte* x = start, n = startNeedle;
            Run((length + TextBlock - 1) / TextBlock, i =>
            {
                int first = i * TextBlock, end = (int)Math.Min(length, (long)first + TextBlock + beyond);
                Interlocked.Add(
                    ref total, Kernels.Count(new ReadOnlySpan<byte>(x + first, end - first), new ReadOnlySpan<byte>(n, beyond + 1), ignoreAsciiCase));
            }, cancellationToken);
        }

        return total;
    }

    /// <summary>True when a proper beginning of the needle is also its end.</summary>
    private static bool OverlapsItself(ReadOnlySpan<byte> needle, bool ignoreAsciiCase)
    {
        Span<byte> bytes = stackalloc byte[MaxNeedle];
        bytes = bytes[..needle.Length];
        for (int i = 0; i < needle.Length; i++)
            bytes[i] = ignoreAsciiCase && char.IsAsciiLetterUpper((char)needle[i]) ? (byte)(needle[i] | 0x20) : needle[i];
        for (int length = 1; length < bytes.Length; length++)
        {
            if (bytes[..length].SequenceEqual(bytes[^length..]))
                return true;
        }

        return false;
    }
}
