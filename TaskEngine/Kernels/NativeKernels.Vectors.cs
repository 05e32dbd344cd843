using System.Numerics.Tensors;

namespace Gristmill.KernelInterop;

internal sealed unsafe partial class NativeKernels
{
    private const int ShortAxpy = 4096;

    public override KernelStatus Dot(ReadOnlySpan<long> a, ReadOnlySpan<long> b, out long result)
    {
        result = 0;
        if (a.Length != b.Length)
            return KernelStatus.Dimension;
        long value = 0;
        KernelStatus status;
        fixed (long* x = a, y = b)
            status = NativeMethods.Dot(x, y, (ulong)a.Length, &value);
        result = value;
        return status;
    }

    public override KernelStatus PrefixSum(ReadOnlySpan<long> data, Span<long> destination)
    {
        fixed (long* x = data, y = destination)
            return data.Length != destination.Length ? KernelStatus.Dimension : NativeMethods.PrefixSum(x, (ulong)data.Length, y);
    }

    public override KernelStatus MinMax(ReadOnlySpan<long> data, out long min, out long max)
    {
        long low = 0, high = 0;
        KernelStatus status;
        fixed (long* x = data)
            status = NativeMethods.MinMax(x, (ulong)data.Length, &low, &high);
        (min, max) = (low, high);
        return status;
    }

    public override KernelStatus Sum(ReadOnlySpan<double> data, out double result)
    {
        double value = 0;
        KernelStatus status;
        fixed (double* x = data)
        {
            status = data.Length <= ShortBytes / sizeof(double)
                ? NativeMethods.SumShort(x, (ulong)data.Length, &value)
                : NativeMethods.Sum(x, (ulong)data.Length, &value);
        }

        result = value;
        return status;
    }

    public override KernelStatus Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b, out double result)
    {
        result = 0;
        if (a.Length != b.Length)
            return KernelStatus.Dimension;
        double value = 0;
        KernelStatus status;
        fixed (double* x = a, y = b)
        {
            status = a.Length <= ShortBytes / sizeof(double)
                ? NativeMethods.DotShort(x, y, (ulong)a.Length, &value)
                : NativeMethods.Dot(x, y, (ulong)a.Length, &value);
        }

        result = value;
        return status;
    }

    /// <summary>The framework's loop gives the same bits, and is ahead while both vectors lie in the first cache; behind it, this library is.</summary>
    public override KernelStatus Axpy(double factor, ReadOnlySpan<double> x, Span<double> y)
    {
        if (x.Length == y.Length && x.Length <= ShortAxpy)
        {
            if (x.Overlaps(y, out int offset) && offset != 0)
                return KernelStatus.Overlap;
            TensorPrimitives.MultiplyAdd(x, factor, y, y);
            return KernelStatus.Ok;
        }

        fixed (double* a = x, b = y)
            return x.Length != y.Length ? KernelStatus.Dimension : NativeMethods.Axpy(factor, a, (ulong)x.Length, b);
    }

    public override KernelStatus PrefixSum(ReadOnlySpan<double> data, Span<double> destination)
    {
        fixed (double* x = data, y = destination)
            return data.Length != destination.Length ? KernelStatus.Dimension : NativeMethods.PrefixSum(x, (ulong)data.Length, y);
    }

    public override KernelStatus MinMax(ReadOnlySpan<double> data, out double min, out double max)
    {
        double low = 0, high = 0;
        KernelStatus status;
        fixed (double* x = data)
            status = NativeMethods.MinMax(x, (ulong)data.Length, &low, &high);
        (min, max) = (low, high);
        return status;
    }

    public override KernelStatus Histogram(ReadOnlySpan<double> data, double low, double high, Span<long> counts)
    {
        fixed (double* x = data)
        fixed (long* c = counts)
            return NativeMethods.Histogram(x, (ulong)data.Length, low, high, c, (ulong)counts.Length);
    }
}
