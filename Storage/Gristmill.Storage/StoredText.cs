using System.Buffers;
using System.Text;

namespace Gristmill.Storage;

/// <summary>What text every store takes: well-formed Unicode without U+0000, which PostgreSQL has no place for.</summary>
internal static class StoredText
{
    /// <exception cref="ArgumentException">The text could not come back as it is.</exception>
    public static void Check(string text, string name)
    {
        ArgumentNullException.ThrowIfNull(text, name);
        if (FaultOf(text) is { } fault)
            throw new ArgumentException($"The text {fault}.", name);
    }

    /// <summary>What keeps the text from coming back as it is; null when nothing does.</summary>
    public static string? FaultOf(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
            return "holds U+0000";

        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            // Most text has no surrogate at all: jump to the first one.
            int surrogate = rest.IndexOfAnyInRange('\uD800', '\uDFFF');
            if (surrogate < 0)
                return null;
            rest = rest[surrogate..];
            if (Rune.DecodeFromUtf16(rest, out _, out int length) != OperationStatus.Done)
                return "holds a lone surrogate";
            rest = rest[length..];
        }

        return null;
    }
}
