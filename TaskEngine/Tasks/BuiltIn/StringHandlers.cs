using System.Globalization;
using System.Security.Cryptography;

namespace Gristmill;

/// <summary>Operations on text.</summary>
[TaskDefinition("string")]
public static partial class StringHandlers
{
    /// <summary>Reverses the text by grapheme cluster.</summary>
    [TaskOperation(Output = "output")]
    public static string Reverse(string input, CancellationToken cancellationToken = default) => Kernels.Reverse(input, cancellationToken);

    /// <summary>Makes the text upper case by the invariant culture.</summary>
    [TaskOperation(Output = "output")]
    public static string Uppercase(string input) => Kernels.ToUpper(input);

    /// <summary>Hashes the UTF-8 bytes of the text; the output is lower-case hexadecimal, most significant digit first.</summary>
    [TaskOperation(Output = "output")]
    public static string Hash(string input, HashAlgorithm algorithm = HashAlgorithm.Xxh64)
    {
        using var utf8 = new StrictUtf8(input, "input");
        return Hash(utf8.Bytes, algorithm);
    }

    private static string Hash(ReadOnlySpan<byte> utf8, HashAlgorithm algorithm) => algorithm switch
    {
        HashAlgorithm.Xxh64 => Kernels.XxHash64(utf8).ToString("x16", CultureInfo.InvariantCulture),
        HashAlgorithm.Sha256 => Convert.ToHexStringLower(SHA256.HashData(utf8)),
        HashAlgorithm.Crc32c => Kernels.Crc32C(utf8).ToString("x8", CultureInfo.InvariantCulture),
        _ => throw new InvalidTaskInputException("algorithm", "must be xxh64, sha256 or crc32c."),
    };
}
