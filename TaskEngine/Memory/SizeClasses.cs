using System.Numerics;

namespace Gristmill.Memory;

/// <summary>
/// The block sizes of slabs: 64, 128, 192, 256, 384, 512, 768 … bytes, every power of two and the middle between two. All are multiples of 64, so that
/// every block is aligned for vector code; at most a third of a block is wasted.
/// </summary>
internal static class SizeClasses
{
    public const int Alignment = 64;
    private const int SmallestLog2 = 6;

    /// <summary>The class of the smallest block that holds <paramref name="bytes"/>, which is 1 or more.</summary>
    public static int Of(int bytes)
    {
        uint last = (uint)Math.Max(bytes, Alignment) - 1;
        int log2 = BitOperations.Log2(last);
        if (log2 < SmallestLog2)
            return 0;
        // Between 2^log2 and 2^(log2 + 1): does it fit into one and a half of the former?
        int half = log2 > SmallestLog2 && last < 3u << (log2 - 1) ? 0 : 1;
        return 2 * (log2 - SmallestLog2) + half;
    }

    public static int BytesOf(int sizeClass)
    {
        // Class 0 is 64, class 1 is 128; from there on two classes per octave.
        if (sizeClass < 2)
            return Alignment << sizeClass;
        int log2 = SmallestLog2 + sizeClass / 2;
        return sizeClass % 2 == 0 ? 3 << (log2 - 1) : 2 << log2;
    }
}
