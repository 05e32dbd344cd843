using System.Buffers.Binary;

namespace Gristmill;

/// <summary>
/// The layout of an input in <see cref="PayloadFormat.Binary"/>: the elements of its numeric arrays, one array after the other, then the
/// input object as JSON, then the length of that JSON in 4 bytes, little-endian. In the JSON the number of its elements stands for
/// each of those arrays, and they follow each other in the order in which it names them. The elements come first, so that they are as
/// well aligned as the payload, and can be read from a connection before the rest is known.
/// </summary>
public static class BinaryPayload
{
    /// <summary>Bytes behind the JSON.</summary>
    private const int FooterBytes = sizeof(int);

    /// <summary>Adds to the elements, which the stream already holds, what makes them a payload.</summary>
    public static void Finish(Stream elements, ReadOnlySpan<byte> inputJson)
    {
        ArgumentNullException.ThrowIfNull(elements);
        Span<byte> footer = stackalloc byte[FooterBytes];
        BinaryPrimitives.WriteInt32LittleEndian(footer, inputJson.Length);
        elements.Write(inputJson);
        elements.Write(footer);
    }

    /// <summary>Takes a payload apart; false when it is none.</summary>
    public static bool TrySplit(ReadOnlyMemory<byte> payload, out ReadOnlyMemory<byte> elements, out ReadOnlyMemory<byte> inputJson)
    {
        int end = payload.Length - FooterBytes;
        int length = end < 0 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(payload.Span[end..]);
        bool valid = length >= 0 && length <= end;
        elements = valid ? payload[..(end - length)] : default;
        inputJson = valid ? payload[(end - length)..end] : default;
        return valid;
    }
}

/// <summary>A numeric array of a kind's input that may come as raw elements.</summary>
/// <param name="Name">Its name in the input object.</param>
/// <param name="ElementType">Such as <c>float64</c>, <c>int64</c> or <c>uint8</c>.</param>
/// <param name="ElementBytes">Bytes of an element.</param>
public sealed record BinaryArray(string Name, string ElementType, int ElementBytes);
