namespace Gristmill;

/// <summary>What <c>string.hash</c> computes.</summary>
public enum HashAlgorithm
{
    /// <summary>XXH64 with seed 0: 64 bits, fast, not cryptographic. The default.</summary>
    Xxh64 = 0,

    /// <summary>SHA-256: cryptographic.</summary>
    Sha256 = 1,

    /// <summary>CRC-32C: 32 bits, for telling corruption.</summary>
    Crc32c = 2,
}
