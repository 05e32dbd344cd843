using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Orleans.Runtime;

/// <summary>The forms of integer and guid keys: hexadecimal digits, with <c>+extension</c> behind a compound key.</summary>
public static class GrainIdKeyExtensions
{
    private const int GuidLength = 32;

    public static IdSpan CreateIntegerKey(long key)
    {
        Span<byte> digits = stackalloc byte[16];
        key.TryFormat(digits, out int length, "X", CultureInfo.InvariantCulture);
        return new IdSpan(digits[..length].ToArray());
    }

    public static IdSpan CreateIntegerKey(long key, string? keyExtension) => Extend(CreateIntegerKey(key), keyExtension);

    public static IdSpan CreateGuidKey(Guid key)
    {
        byte[] digits = new byte[GuidLength];
        key.TryFormat(digits, out _, "N");
        return new IdSpan(digits);
    }

    public static IdSpan CreateGuidKey(Guid key, string? keyExtension) => Extend(CreateGuidKey(key), keyExtension);

    public static bool TryGetIntegerKey(this GrainId grainId, out long key, out string? keyExt)
    {
        ReadOnlySpan<byte> text = grainId.Key.AsSpan();
        int plus = text.IndexOf((byte)'+');
        keyExt = plus < 0 ? null : Encoding.UTF8.GetString(text[(plus + 1)..]);
        text = plus < 0 ? text : text[..plus];
        return Utf8Parser.TryParse(text, out key, out int consumed, 'X') && consumed == text.Length;
    }

    public static bool TryGetGuidKey(this GrainId grainId, out Guid key, out string? keyExt)
    {
        ReadOnlySpan<byte> text = grainId.Key.AsSpan();
        keyExt = null;
        if (text.Length > GuidLength && text[GuidLength] == (byte)'+')
        {
            keyExt = Encoding.UTF8.GetString(text[(GuidLength + 1)..]);
            text = text[..GuidLength];
        }

        key = default;
        return text.Length == GuidLength && Utf8Parser.TryParse(text, out key, out int consumed, 'N') && consumed == GuidLength;
    }

    /// <exception cref="ArgumentException">The key is no integer.</exception>
    public static long GetIntegerKey(this GrainId grainId) => GetIntegerKey(grainId, out _);

    /// <exception cref="ArgumentException">The key is no integer.</exception>
    public static long GetIntegerKey(this GrainId grainId, out string? keyExt) =>
        grainId.TryGetIntegerKey(out long key, out keyExt)
            ? key
            : throw new ArgumentException($"The key of grain {grainId} is no integer.", nameof(grainId));

    /// <exception cref="ArgumentException">The key is no guid.</exception>
    public static Guid GetGuidKey(this GrainId grainId) => GetGuidKey(grainId, out _);

    /// <exception cref="ArgumentException">The key is no guid.</exception>
    public static Guid GetGuidKey(this GrainId grainId, out string? keyExt) =>
        grainId.TryGetGuidKey(out Guid key, out keyExt)
            ? key
            : throw new ArgumentException($"The key of grain {grainId} is no guid.", nameof(grainId));

    private static IdSpan Extend(IdSpan key, string? extension) =>
        string.IsNullOrWhiteSpace(extension)
            ? key
            : new IdSpan([.. key.AsSpan(), (byte)'+', .. Encoding.UTF8.GetBytes(extension)]);
}
