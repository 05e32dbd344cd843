using System.Buffers;
using System.Text;

namespace Gristmill;

/// <summary>
/// UTF-8 bytes of a handler's text, in rented memory. Half a surrogate pair has no UTF-8 form: replacing it would make different texts
/// alike, so it is refused.
/// </summary>
internal readonly ref struct StrictUtf8 : IDisposable
{
    private static readonly UTF8Encoding s_encoding = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _rented;
    private readonly int _length;

    /// <param name="text">The text.</param>
    /// <param name="field">The input that it came in.</param>
    /// <exception cref="InvalidTaskInputException">The text holds half of a surrogate pair.</exception>
    public StrictUtf8(string text, string field)
    {
        ArgumentNullException.ThrowIfNull(text);
        _rented = ArrayPool<byte>.Shared.Rent(s_encoding.GetMaxByteCount(text.Length));
        try
        {
            _length = s_encoding.GetBytes(text, _rented);
        }
        catch (EncoderFallbackException)
        {
            ArrayPool<byte>.Shared.Return(_rented);
            throw new InvalidTaskInputException(field, "holds half of a surrogate pair, which has no UTF-8 form.");
        }
    }

    public ReadOnlySpan<byte> Bytes => _rented.AsSpan(0, _length);

    public void Dispose() => ArrayPool<byte>.Shared.Return(_rented);
}
