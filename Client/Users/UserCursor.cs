using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using Gristmill.Client.Errors;

namespace Gristmill.Client.Users;

/// <summary>
/// Where the next page begins: the last id of this one, with a check value over the question, so that a cursor that was made up, or
/// belongs to another search, is refused and not taken for a place.
/// </summary>
internal static class UserCursor
{
    private const int Bytes = 12;
    private const int TextLength = 16;

    /// <param name="after">The last id of the page.</param>
    /// <param name="text">The text searched for; null for the list.</param>
    public static string Of(long after, string? text)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, after);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[sizeof(long)..], Check(after, text));
        return Base64Url.EncodeToString(bytes);
    }

    /// <exception cref="RequestException">400: not a cursor of this list or search.</exception>
    public static long Read(string cursor, string? text)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        if (cursor.Length == TextLength && Base64Url.IsValid(cursor) && Base64Url.TryDecodeFromChars(cursor, bytes, out int written) && written == Bytes)
        {
            long after = BinaryPrimitives.ReadInt64BigEndian(bytes);
            if (after > 0 && BinaryPrimitives.ReadUInt32BigEndian(bytes[sizeof(long)..]) == Check(after, text))
                return after;
        }

        throw RequestException.BadField("cursor", "is not one that this list gave out: begin without a cursor, and follow the Link header");
    }

    // FNV-1a: against mistakes, not against attackers; a cursor opens nothing that the list does not.
    private static uint Check(long after, string? text)
    {
        uint hash = 2_166_136_261;
        Span<byte> id = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(id, after);
        foreach (byte b in id)
            hash = (hash ^ b) * 16_777_619;
        foreach (byte b in text is null ? "list"u8 : Encoding.UTF8.GetBytes(text))
            hash = (hash ^ b) * 16_777_619;
        return hash;
    }
}
