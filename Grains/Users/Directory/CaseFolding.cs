using System.Buffers;
using System.Text;

namespace Gristmill.Grains.Users;

/// <summary>
/// Simple case folding, code point by code point (Unicode CaseFolding.txt, statuses C and S): the same on every machine and for every
/// language. Nothing is normalised. docs/users.md has examples.
/// </summary>
internal static class CaseFolding
{
    private const int LongS = 0x17F;

    /// <summary>Bytes that the folded text may take at most, in UTF-8.</summary>
    public static int MaxBytes(string text) => Encoding.UTF8.GetMaxByteCount(text.Length);

    /// <summary>Writes the folded text as UTF-8 and returns the number of bytes.</summary>
    public static int Fold(string text, Span<byte> destination)
    {
        if (Ascii.ToLower(text, destination, out int done) == OperationStatus.Done)
            return done;

        int written = done;
        foreach (Rune rune in text.AsSpan(done).EnumerateRunes())
            written += Fold(rune).EncodeToUtf8(destination[written..]);
        return written;
    }

    // Lower case of upper case puts the same code points into one class as the standard's table does, for all of Unicode but one:
    // .NET leaves the long s alone.
    private static Rune Fold(Rune rune) =>
        rune.Value == LongS ? new Rune('s') : Rune.ToLowerInvariant(Rune.ToUpperInvariant(rune));
}
