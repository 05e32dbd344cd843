using System.Numerics;

namespace Gristmill.KernelInterop;

internal sealed partial class ManagedKernels
{
    /// <summary>
    /// The sum of all bits, which wraps, and the sum of the upper halves, which cannot: together they name the exact total, as
    /// vector_body.h explains.
    /// </summary>
    public override KernelStatus Sum(ReadOnlySpan<long> data, out long result)
    {
        Int128 total = 0;
        int i = 0;
        int lanes = Vector<long>.Count;
        if (data.Length >= lanes)
        {
            Vector<long> low = Vector<long>.Zero, high = Vector<long>.Zero;
            for (; i <= data.Length - lanes; i += lanes)
            {
                var x = new Vector<long>(data[i..]);
                low += x;
                high += x >> 32;
            }

            Int128 halves = 0;
            ulong wrapped = 0;
            for (int lane = 0; lane < lanes; lane++)
            {
                halves += high[lane];
                wrapped = unchecked(wrapped + (ulong)low[lane]);
            }

            Int128 lowest = halves << 32;
            total = lowest + unchecked(wrapped - (ulong)lowest);
        }

        for (; i < data.Length; i++)
            total += data[i];
        result = unchecked((long)total);
        return total == result ? KernelStatus.Ok : KernelStatus.Overflow;
    }

    /// <summary>Sign and magnitude apart, as in arithmetic.c: 2^63 fits only if the sign ends up negative.</summary>
    public override KernelStatus Product(ReadOnlySpan<long> data, out long result)
    {
        result = 0;
        ulong magnitude = 1;
        bool negative = false, overflow = false;
        foreach (long x in data)
        {
            if (x == 0)
                return KernelStatus.Ok;
            negative ^= x < 0;
            overflow |= Math.BigMul(magnitude, x < 0 ? unchecked(0 - (ulong)x) : (ulong)x, out magnitude) != 0;
        }

        if (overflow || magnitude > (ulong)long.MaxValue + (negative ? 1u : 0u))
            return KernelStatus.Overflow;
        result = unchecked((long)(negative ? 0 - magnitude : magnitude));
        return KernelStatus.Ok;
    }

    public override KernelStatus Factorial(long n, out long result)
    {
        result = 1;
        if (n is < 0 or > 20)
            return n < 0 ? KernelStatus.OutOfRange : KernelStatus.Overflow;
        for (long factor = 2; factor <= n; factor++)
            result *= factor;
        return KernelStatus.Ok;
    }
}
