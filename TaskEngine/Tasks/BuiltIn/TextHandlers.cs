using System.Buffers;
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
        return Count(text.AsSpan(), pattern, ignoreCase);
    }

    private static long Count(ReadOnlySpan<char> text, ReadOnlySpan<char> pattern, bool ignoreCase)
    {
        Encoding utf8 = Encoding.UTF8;
        int most = utf8.GetMaxByteCount(text.Length);
        byte[] rented = ArrayPool<byte>.Shared.Rent(checked(most + utf8.GetMaxByteCount(pattern.Length)));
        try
        {
            int length = utf8.GetBytes(text, rented);
            int needle = utf8.GetBytes(pattern, rented.AsSpan(length));
            return Kernels.Count(rented.AsSpan(0, length), rented.AsSpan(length, needle), ignoreCase);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
