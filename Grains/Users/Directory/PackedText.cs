namespace Gristmill.Grains.Users;

/// <summary>Search in records that lie one after another in one text.</summary>
internal static class PackedText
{
    /// <summary>Finds the records that hold the needle.</summary>
    /// <param name="text">The records.</param>
    /// <param name="ends">Where each record ends, rising.</param>
    /// <param name="needle">Not empty, and nothing that could match across two records.</param>
    /// <param name="next">The record to begin with; set to the record to go on with, the number of records when the search is over.</param>
    /// <param name="matches">Takes the indices of matching records; not empty. A full one ends the call before the search is over.</param>
    /// <returns>How many indices were written.</returns>
    public static int FindRecords(ReadOnlySpan<byte> text, ReadOnlySpan<uint> ends, ReadOnlySpan<byte> needle, ref int next, Span<uint> matches)
    {
        int found = 0;
        while (found < matches.Length && next < ends.Length)
        {
            int start = next == 0 ? 0 : (int)ends[next - 1];
            int offset = text[start..].IndexOf(needle);
            if (offset < 0)
            {
                next = ends.Length;
                break;
            }

            // The first record that ends behind the match's beginning.
            int ended = ends[next..].BinarySearch((uint)(start + offset));
            next += ended >= 0 ? ended + 1 : ~ended;
            matches[found++] = (uint)next++;
        }

        return found;
    }
}
