using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace Gristmill.KernelInterop;

/// <content>
/// The framework finds exact bytes. Without case it has no search in bytes that takes other than ASCII, so that is Knuth,
/// Morris and Pratt.
/// </content>
internal sealed partial class ManagedKernels
{
    public override KernelStatus ValidateUtf8(ReadOnlySpan<byte> text) => Utf8.IsValid(text) ? KernelStatus.Ok : KernelStatus.InvalidUtf8;

    public override KernelStatus Find(ReadOnlySpan<byte> text, int start, ReadOnlySpan<byte> needle, bool ignoreAsciiCase, out int position)
    {
        position = 0;
        if (needle.IsEmpty || (uint)start > (uint)text.Length)
            return KernelStatus.OutOfRange;
        var finder = new Finder(needle, ignoreAsciiCase);
        position = finder.Find(text, start);
        return KernelStatus.Ok;
    }

    public override KernelStatus Count(ReadOnlySpan<byte> text, ReadOnlySpan<byte> needle, bool ignoreAsciiCase, out long occurrences)
    {
        occurrences = 0;
        if (needle.IsEmpty)
            return KernelStatus.OutOfRange;
        var finder = new Finder(needle, ignoreAsciiCase);
        for (int at = finder.Find(text, 0); at < text.Length; at = finder.Find(text, at + needle.Length))
            occurrences++;
        return KernelStatus.Ok;
    }

    public override KernelStatus FindRecords(
        ReadOnlySpan<byte> text, ReadOnlySpan<uint> ends, ReadOnlySpan<byte> needle, bool ignoreAsciiCase, ref int next, Span<uint> matches,
        out int found)
    {
        found = 0;
        if (needle.IsEmpty || (uint)next > (uint)ends.Length || matches.IsEmpty)
            return KernelStatus.OutOfRange;
        Span<byte> written = MemoryMarshal.AsBytes(matches);
        if (written.Overlaps(MemoryMarshal.AsBytes(ends)) || written.Overlaps(text) || written.Overlaps(needle))
            return KernelStatus.Overlap;
        uint previous = 0;
        foreach (uint end in ends)
        {
            if (end < previous || end > text.Length)
                return KernelStatus.Dimension;
            previous = end;
        }

        var finder = new Finder(needle, ignoreAsciiCase);
        for (; next < ends.Length && found < matches.Length; next++)
        {
            int begin = next == 0 ? 0 : (int)ends[next - 1];
            ReadOnlySpan<byte> record = text[begin..(int)ends[next]];
            if (finder.Find(record, 0) < record.Length)
                matches[found++] = (uint)next;
        }

        return KernelStatus.Ok;
    }

    private readonly ref struct Finder
    {
        private readonly ReadOnlySpan<byte> _needle;

        /// <summary>Length of the longest proper border of each prefix; null when case matters.</summary>
        private readonly int[]? _borders;

        public Finder(ReadOnlySpan<byte> needle, bool ignoreAsciiCase)
        {
            _needle = needle;
            if (!ignoreAsciiCase)
                return;
            byte[] lower = new byte[needle.Length];
            for (int i = 0; i < needle.Length; i++)
                lower[i] = Lower(needle[i]);
            _needle = lower;
            _borders = new int[needle.Length];
            for (int i = 1, k = 0; i < needle.Length; i++)
            {
                while (k > 0 && lower[i] != lower[k])
                    k = _borders[k - 1];
                k += lower[i] == lower[k] ? 1 : 0;
                _borders[i] = k;
            }
        }

        /// <summary>The first occurrence at or after start; the length of the text when there is none.</summary>
        public int Find(ReadOnlySpan<byte> text, int start)
        {
            if (_borders is null)
                return text[start..].IndexOf(_needle) is var at and >= 0 ? start + at : text.Length;
            int matched = 0;
            for (int i = start; i < text.Length; i++)
            {
                byte x = Lower(text[i]);
                while (matched > 0 && x != _needle[matched])
                    matched = _borders[matched - 1];
                matched += x == _needle[matched] ? 1 : 0;
                if (matched == _needle.Length)
                    return i + 1 - matched;
            }

            return text.Length;
        }

        private static byte Lower(byte x) => x is >= (byte)'A' and <= (byte)'Z' ? (byte)(x | 0x20) : x;
    }
}
