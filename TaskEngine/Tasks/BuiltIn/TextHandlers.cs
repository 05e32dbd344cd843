using System.Text;

namespace Gristmill;

/// <summary>Search in text.</summary>
[TaskDefinition("text")]
public static partial class TextHandlers
{
    /// <summary>Counts the places, from the left and without overlap, where the pattern occurs in the text; ordinal.</summary>
    [TaskOperation]
    public static long Count(string text, string pattern, bool ignoreCase = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(pattern);
        if (pattern.Length == 0)
            throw new InvalidTaskInputException("pattern", "must not be empty.");
        // The kernel ignores the case of ASCII letters; for others, the length-preserving invariant upper case makes both alike.
        if (ignoreCase && !(Ascii.IsValid(text) && Ascii.IsValid(pattern)))
            (text, pattern) = (Kernels.ToUpper(text), Kernels.ToUpper(pattern));
        using var haystack = new StrictUtf8(text, "text");
        using var needle = new StrictUtf8(pattern, "pattern");
        return Kernels.Count(haystack.Bytes, needle.Bytes, ignoreCase);
    }
}
