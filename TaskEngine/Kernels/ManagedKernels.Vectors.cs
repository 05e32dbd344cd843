using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gristmill.KernelInterop;

/// <content>
/// The order of additions is that of gristmill_kernels.h: 32 lanes, which are four vectors of eight (emulated where the
/// processor's are shorter).
/// </content>
internal sealed partial class ManagedKernels
{
    private const int Lanes = 32;

    public override KernelStatus Sum(ReadOnlySpan<double> data, out double result)
    {
        Vector512<double> a = default, b = default, c = default, d = default;
        int i = 0;
        for (; i <= data.Length - Lanes; i += Lanes)
        {
            a += Vector512.Create(data[i..]);
            b += Vector512.Create(data[(i + 8)..]);
            c += Vector512.Create(data[(i + 16)..]);
            d += Vector512.Create(data[(i + 24)..]);
        }

        Span<double> lanes = stackalloc double[Lanes];
        Spread(a, b, c, d, lanes);
        for (int lane = 0; i + lane < data.Length; lane++)
            lanes[lane] += data[i + lane];
        result = FoldLanes(lanes);
        return KernelStatus.Ok;
    }

    public override KernelStatus Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b, out double result)
    {
        result = 0;
        if (a.Length != b.Length)
            return KernelStatus.Dimension;
        Vector512<double> p = default, q = default, r = default, s = default;
        int i = 0;
        for (; i <= a.Length - Lanes; i += Lanes)
        {
            p += Vector512.Create(a[i..]) * Vector512.Create(b[i..]);
            q += Vector512.Create(a[(i + 8)..]) * Vector512.Create(b[(i + 8)..]);
            r += Vector512.Create(a[(i + 16)..]) * Vector512.Create(b[(i + 16)..]);
            s += Vector512.Create(a[(i + 24)..]) * Vector512.Create(b[(i + 24)..]);
        }

        Span<double> lanes = stackalloc double[Lanes];
        Spread(p, q, r, s, lanes);
        for (int lane = 0; i + lane < a.Length; lane++)
            lanes[lane] += a[i + lane] * b[i + lane];
        result = FoldLanes(lanes);
        return KernelStatus.Ok;
    }

    public override KernelStatus Dot(ReadOnlySpan<long> a, ReadOnlySpan<long> b, out long result)
    {
        result = 0;
        if (a.Length != b.Length)
            return KernelStatus.Dimension;
        // A product needs 127 bits: the upper and lower halves are summed apart.
        Int128 high = 0;
        UInt128 low = 0;
        for (int i = 0; i < a.Length; i++)
        {
            Int128 product = (Int128)a[i] * b[i];
            high += (long)(product >> 64);
            low += unchecked((ulong)product);
        }

        result = unchecked((long)low);
        return high + (Int128)(low >> 64) == result >> 63 ? KernelStatus.Ok : KernelStatus.Overflow;
    }

    public override KernelStatus Axpy(double factor, ReadOnlySpan<double> x, Span<double> y)
    {
        if (x.Length != y.Length)
            return KernelStatus.Dimension;
        if (OverlapsApart(x, y))
            return KernelStatus.Overlap;
        int i = 0;
        var factors = Vector512.Create(factor);
        for (; i <= x.Length - 8; i += 8)
            (Vector512.Create<double>(y[i..]) + factors * Vector512.Create(x[i..])).CopyTo(y[i..]);
        for (; i < x.Length; i++)
            y[i] += factor * x[i];
        return KernelStatus.Ok;
    }

    public override KernelStatus PrefixSum(ReadOnlySpan<double> data, Span<double> destination)
    {
        if (data.Length != destination.Length)
            return KernelStatus.Dimension;
        if (OverlapsApart(data, destination))
            return KernelStatus.Overlap;
        Span<double> block = stackalloc double[8];
        double before = 0;
        for (int i = 0; i < data.Length; i += 8)
        {
            int length = Math.Min(8, data.Length - i);
            block.Clear();
            data.Slice(i, length).CopyTo(block);
            for (int step = 1; step < 8; step *= 2)
            {
                for (int k = 7; k >= step; k--)
                    block[k] += block[k - step];
            }

            double total = block[7];
            for (int k = 0; k < length; k++)
                destination[i + k] = block[k] + before;
            before += total;
        }

        return KernelStatus.Ok;
    }

    public override KernelStatus PrefixSum(ReadOnlySpan<long> data, Span<long> destination)
    {
        if (data.Length != destination.Length)
            return KernelStatus.Dimension;
        if (OverlapsApart(data, destination))
            return KernelStatus.Overlap;
        long total = 0;
        for (int i = 0; i < data.Length; i++)
        {
            long sum = unchecked(total + data[i]);
            if (((total ^ sum) & (data[i] ^ sum)) < 0)
                return KernelStatus.Overflow;
            destination[i] = total = sum;
        }

        return KernelStatus.Ok;
    }

    public override KernelStatus MinMax(ReadOnlySpan<long> data, out long min, out long max)
    {
        (min, max) = (0, 0);
        if (data.IsEmpty)
            return KernelStatus.OutOfRange;
        (min, max) = (long.MaxValue, long.MinValue);
        int i = 0, lanes = Vector<long>.Count;
        var low = new Vector<long>(long.MaxValue);
        var high = new Vector<long>(long.MinValue);
        for (; i <= data.Length - lanes; i += lanes)
        {
            var x = new Vector<long>(data[i..]);
            low = Vector.Min(low, x);
            high = Vector.Max(high, x);
        }

        for (int lane = 0; lane < lanes; lane++)
            (min, max) = (Math.Min(min, low[lane]), Math.Max(max, high[lane]));
        for (; i < data.Length; i++)
            (min, max) = (Math.Min(min, data[i]), Math.Max(max, data[i]));
        return KernelStatus.Ok;
    }

    /// <summary>By the integer keys that native code compares too: they put -0 before +0.</summary>
    public override KernelStatus MinMax(ReadOnlySpan<double> data, out double min, out double max)
    {
        (min, max) = (0, 0);
        if (data.IsEmpty)
            return KernelStatus.OutOfRange;
        long low = long.MaxValue, high = long.MinValue;
        bool nan = false;
        foreach (double x in data)
        {
            long key = Key(x);
            nan |= double.IsNaN(x);
            low = Math.Min(low, key);
            high = Math.Max(high, key);
        }

        // Positive, as native code writes it; double.NaN has the sign set.
        double quietNaN = BitConverter.Int64BitsToDouble(0x7FF8000000000000);
        (min, max) = nan ? (quietNaN, quietNaN) : (FromKey(low), FromKey(high));
        return KernelStatus.Ok;
    }

    public override KernelStatus Histogram(ReadOnlySpan<double> data, double low, double high, Span<long> counts)
    {
        double scale = counts.Length / (high - low);
        if (counts.Length is < 1 or > 1 << 24 || !(low < high) || !double.IsFinite(low) || !double.IsFinite(high)
            || !double.IsFinite(high - low) || !double.IsFinite(scale))
            return KernelStatus.OutOfRange;
        if (MemoryMarshal.AsBytes(data).Overlaps(MemoryMarshal.AsBytes(counts)))
            return KernelStatus.Overlap;
        counts.Clear();
        foreach (double x in data)
        {
            if (x >= low && x <= high)
                counts[Math.Min((int)((x - low) * scale), counts.Length - 1)]++;
        }

        return KernelStatus.Ok;
    }

    private static void Spread(Vector512<double> a, Vector512<double> b, Vector512<double> c, Vector512<double> d, Span<double> lanes)
    {
        a.CopyTo(lanes);
        b.CopyTo(lanes[8..]);
        c.CopyTo(lanes[16..]);
        d.CopyTo(lanes[24..]);
    }

    private static double FoldLanes(Span<double> lanes)
    {
        for (int width = Lanes / 2; width > 0; width /= 2)
        {
            for (int i = 0; i < width; i++)
                lanes[i] += lanes[i + width];
        }

        return lanes[0];
    }

    /// <summary>True when the spans share memory without being the same.</summary>
    private static bool OverlapsApart<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b) => a.Overlaps(b, out int offset) && offset != 0;

    /// <summary>An integer of the same order as the number, -0 before +0.</summary>
    private static long Key(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        return bits ^ (long)((ulong)(bits >> 63) >> 1);
    }

    private static double FromKey(long key) => BitConverter.Int64BitsToDouble(key ^ (long)((ulong)(key >> 63) >> 1));
}
