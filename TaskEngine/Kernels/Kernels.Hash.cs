using Gristmill.KernelInterop;

namespace Gristmill;

public static partial class Kernels
{
    /// <summary>XXH64 of the bytes. Fast and well spread; no protection against someone who wants collisions.</summary>
    public static ulong XxHash64(ReadOnlySpan<byte> data, ulong seed = 0)
    {
        Set.XxHash64(data, seed, out ulong result).ThrowIfFailed("xxh64");
        return result;
    }

    /// <summary>CRC-32C (Castagnoli) of the bytes.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="previous">The checksum of the bytes before these; 0 to begin.</param>
    public static uint Crc32C(ReadOnlySpan<byte> data, uint previous = 0)
    {
        Set.Crc32C(data, previous, out uint result).ThrowIfFailed("crc32c");
        return result;
    }
}
