using System.Buffers.Binary;
using System.Buffers.Text;
using Gristmill.Client.Errors;

namespace Gristmill.Client;

/// <summary>
/// Where the next page of a list begins, as text: the place, with a check value over the question, so that a cursor that was made up, or
/// belongs to another question, is refused and not taken for a place. It opens nothing that the list does not.
/// </summary>
internal static class PageCursor
{
    private const int MaxPlace = 24;

    /// <param name="place">At most 24 bytes.</param>
    /// <param name="question">Differs between any two lists.</param>
    public static string Of(ReadOnlySpan<byte> place, string question)
    {
        Span<byte> bytes = stackalloc byte[MaxPlace + sizeof(uint)];
        place.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[place.Length..], Check(place, question));
        return Base64Url.EncodeToString(bytes[..(place.Length + sizeof(uint))]);
    }

    /// <param name="cursor">What a client sent.</param>
    /// <param name="question">As in <see cref="Of"/>.</param>
    /// <param name="place">Filled whole.</param>
    /// <exception cref="RequestException">400: not a cursor of this question.</exception>
    public static void Read(string cursor, string question, Span<byte> place)
    {
        Span<byte> bytes = stackalloc byte[MaxPlace + sizeof(uint)];
        int length = place.Length + sizeof(uint);
        if (cursor.Length == Base64Url.GetEncodedLength(length)
            && Base64Url.IsValid(cursor) && Base64Url.TryDecodeFromChars(cursor, bytes, out int written) && written == length
            && BinaryPrimitives.ReadUInt32BigEndian(bytes[place.Length..]) == Check(bytes[..place.Length], question))
        {
            bytes[..place.Length].CopyTo(place);
            return;
        }

        throw RequestException.BadField("cursor", "is not one that was given out for this question: begin without a cursor, and use those of the answers");
    }

    private static uint Check(ReadOnlySpan<byte> place, string question)
    {
        var hash = new StableHash();
        hash.Add(place);
        hash.Add(question);
        return (uint)hash.Value;
    }
}
