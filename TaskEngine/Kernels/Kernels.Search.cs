using Gristmill.KernelInterop;

namespace Gristmill;

/// <content>
/// Search in bytes. Ignoring case means A to Z alone; to ignore the case of all letters, bring text and needle to upper case
/// before they become bytes.
/// </content>
public static partial class Kernels
{
    /// <summary>True when the bytes are well-formed UTF-8.</summary>
    public static bool IsValidUtf8(ReadOnlySpan<byte> text)
    {
        KernelStatus status = Set.ValidateUtf8(text);
        if (status == KernelStatus.InvalidUtf8)
            return false;
        status.ThrowIfFailed("UTF-8 validation");
        return true;
    }

    /// <summary>
    /// The offset of the first occurrence of the needle at or after <paramref name="start"/>; -1 when there is none.
    /// </summary>
    /// <exception cref="KernelArgumentException">The needle is empty, or start lies outside the text.</exception>
    public static int IndexOf(ReadOnlySpan<byte> text, ReadOnlySpan<byte> needle, bool ignoreAsciiCase = false, int start = 0)
    {
        Set.Find(text, start, needle, ignoreAsciiCase, out int position).ThrowIfFailed("text search");
        return position == text.Length ? -1 : position;
    }

    /// <summary>Counts the occurrences that do not overlap, from the left.</summary>
    /// <exception cref="KernelArgumentException">The needle is empty.</exception>
    public static long Count(ReadOnlySpan<byte> text, ReadOnlySpan<byte> needle, bool ignoreAsciiCase = false)
    {
        Set.Count(text, needle, ignoreAsciiCase, out long occurrences).ThrowIfFailed("text count");
        return occurrences;
    }

    /// <summary>
    /// Finds the records that hold the needle, in a text that is one record after another: record i ends before byte
    /// <paramref name="ends"/>[i], where the next begins. One pass over the packed text costs far less than a search per
    /// record.
    /// </summary>
    /// <param name="text">The records.</param>
    /// <param name="ends">Where each record ends, rising.</param>
    /// <param name="needle">What to find; not empty.</param>
    /// <param name="ignoreAsciiCase">Whether A to Z equal a to z.</param>
    /// <param name="next">The record to begin with; set to the record to go on with, the number of records when the search is
    /// over.</param>
    /// <param name="matches">Takes the indices of matching records; not empty. A full one ends the call before the search is
    /// over.</param>
    /// <returns>How many indices were written.</returns>
    /// <exception cref="KernelArgumentException">The needle is empty, next is no record, the ends do not rise inside the
    /// text, or the matches overlap another span.</exception>
    public static int FindRecords(
        ReadOnlySpan<byte> text, ReadOnlySpan<uint> ends, ReadOnlySpan<byte> needle, bool ignoreAsciiCase, ref int next, Span<uint> matches)
    {
        Set.FindRecords(text, ends, needle, ignoreAsciiCase, ref next, matches, out int found).ThrowIfFailed("record search");
        return found;
    }
}
