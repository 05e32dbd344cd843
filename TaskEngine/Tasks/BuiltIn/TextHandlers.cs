using System.Text;

namespace Gristmill;

/// <summary>Search in text.</summary>
[TaskDefinition("text")]
public static partial class TextHandlers
{
    /// <summary>Counts the places, from the left and without overlap, where the pattern occurs in the text; ordinal.</summary>
    [TaskOperation]
    public static long Count(string text, string pattern, bool ignoreCase = false, CancellationToken cancellationToken = default)
    {
        Prepare(ref text, ref pattern, ignoreCase);
        using var haystack = new StrictUtf8(text, "text");
        using var needle = new StrictUtf8(pattern, "pattern");
        return ParallelKernels.Count(haystack.Bytes, needle.Bytes, ignoreCase, cancellationToken);
    }

    /// <summary>Finds the first place where the pattern occurs in the text, in UTF-16 units from its start; -1 for none; ordinal.</summary>
    [TaskOperation]
    public static int Find(string text, string pattern, bool ignoreCase = false)
    {
        Prepare(ref text, ref pattern, ignoreCase);
        using var haystack = new StrictUtf8(text, "text");
        using var needle = new StrictUtf8(pattern, "pattern");
        int at = Kernels.IndexOf(haystack.Bytes, needle.Bytes, ignoreCase);
        return at < 0 ? -1 : Encoding.UTF8.GetCharCount(haystack.Bytes[..at]);
    }

    /// <summary>Tells whether the bytes are well-formed UTF-8.</summary>
    [TaskOperation]
    public static bool IsUtf8(ReadOnlySpan<byte> bytes) => Kernels.IsValidUtf8(bytes);

    // The kernels ignore the case of ASCII letters; for others, the length-preserving invariant upper case makes both alike.
    private static void Prepare(ref string text, ref string pattern, bool ignoreCase)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(pattern);
        if (pattern.Length == 0)
            throw new InvalidTaskInputException("pattern", "must not be empty.");
        if (ignoreCase && !(Ascii.IsValid(text) && Ascii.IsValid(pattern)))
            (text, pattern) = (Kernels.ToUpper(text), Kernels.ToUpper(pattern));
    }
}
