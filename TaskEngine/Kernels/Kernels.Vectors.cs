using Gristmill.KernelInterop;

namespace Gristmill;

/// <content>
/// Floating-point sums add in a fixed order (32 lanes, folded at the end: see gristmill_kernels.h), so a result is the same to
/// the bit on every processor, native or managed.
/// </content>
public static partial class Kernels
{
    /// <summary>The sum; 0 for no elements.</summary>
    public static double Sum(ReadOnlySpan<double> data)
    {
        Set.Sum(data, out double result).ThrowIfFailed("sum");
        return result;
    }

    /// <summary>The scalar product of two vectors of one length.</summary>
    /// <exception cref="KernelArgumentException">The lengths differ.</exception>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Set.Dot(a, b, out double result).ThrowIfFailed("dot product");
        return result;
    }

    /// <summary>The exact scalar product of two vectors of one length.</summary>
    /// <exception cref="KernelArgumentException">The lengths differ.</exception>
    /// <exception cref="KernelOverflowException">The result does not fit.</exception>
    public static long Dot(ReadOnlySpan<long> a, ReadOnlySpan<long> b)
    {
        Set.Dot(a, b, out long result).ThrowIfFailed("dot product");
        return result;
    }

    /// <summary>
    /// Adds <paramref name="factor"/> times each element of <paramref name="x"/> to the same element of <paramref name="y"/>.
    /// </summary>
    /// <exception cref="KernelArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Axpy(double factor, ReadOnlySpan<double> x, Span<double> y) => Set.Axpy(factor, x, y).ThrowIfFailed("axpy");

    /// <summary>Writes the sum of each element and all before it. The spans may be the same.</summary>
    /// <exception cref="KernelArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void PrefixSum(ReadOnlySpan<double> data, Span<double> destination) =>
        Set.PrefixSum(data, destination).ThrowIfFailed("prefix sum");

    /// <summary>Writes the sum of each element and all before it. The spans may be the same.</summary>
    /// <exception cref="KernelArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    /// <exception cref="KernelOverflowException">One of the sums does not fit; the destination is unspecified.</exception>
    public static void PrefixSum(ReadOnlySpan<long> data, Span<long> destination) =>
        Set.PrefixSum(data, destination).ThrowIfFailed("prefix sum");

    /// <summary>The least and the greatest element.</summary>
    /// <exception cref="KernelArgumentException">There are no elements.</exception>
    public static (long Min, long Max) MinMax(ReadOnlySpan<long> data)
    {
        Set.MinMax(data, out long min, out long max).ThrowIfFailed("min and max");
        return (min, max);
    }

    /// <summary>The least and the greatest element, -0 before +0; both are NaN when there is a NaN.</summary>
    /// <exception cref="KernelArgumentException">There are no elements.</exception>
    public static (double Min, double Max) MinMax(ReadOnlySpan<double> data)
    {
        Set.MinMax(data, out double min, out double max).ThrowIfFailed("min and max");
        return (min, max);
    }

    /// <summary>
    /// Counts the elements of [low, high] in equal bins, one per element of <paramref name="counts"/>; the last bin includes
    /// high. Elements outside and NaN are not counted.
    /// </summary>
    /// <exception cref="KernelArgumentException">There are no bins or more than 2^24, or low and high are no finite
    /// range.</exception>
    public static void Histogram(ReadOnlySpan<double> data, double low, double high, Span<long> counts) =>
        Set.Histogram(data, low, high, counts).ThrowIfFailed("histogram");
}
