using System.Buffers.Text;
using System.Globalization;

namespace Orleans.Runtime;

/// <summary>The forms of integer and guid keys: hexadecimal digits.</summary>
public static class GrainIdKeyExtensions
{
    private const int GuidLength = 32;

    public static IdSpan CreateIntegerKey(long key)
    {
        Span<byte> digits = stackalloc byte[16];
        key.TryFormat(digits, out int length, "X", CultureInfo.InvariantCulture);
        return new IdSpan(digits[..length].ToArray());
    }

    public static IdSpan CreateGuidKey(Guid key)
    {
        byte[] digits = new byte[GuidLength];
        key.TryFormat(digits, out _, "N");
        return new IdSpan(digits);
    }

    /// <exception cref="ArgumentException">The key is no integer.</exception>
    public static long GetIntegerKey(this GrainId grainId) =>
        grainId.TryGetIntegerKey(out long key)
            ? key
            : throw new ArgumentException($"The key of grain {grainId} is no integer.", nameof(grainId));

    internal static bool TryGetIntegerKey(this GrainId grainId, out long key)
    {
        ReadOnlySpan<byte> text = grainId.Key.AsSpan();
        return Utf8Parser.TryParse(text, out key, out int consumed, 'X') && consumed == text.Length;
    }

    internal static bool TryGetGuidKey(this GrainId grainId, out Guid key)
    {
        ReadOnlySpan<byte> text = grainId.Key.AsSpan();
        key = default;
        return text.Length == GuidLength && Utf8Parser.TryParse(text, out key, out int consumed, 'N') && consumed == GuidLength;
    }
}
