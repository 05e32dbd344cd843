using Gristmill.KernelInterop;

namespace Gristmill;

/// <content>
/// Kernels that take long report progress from 0 to 1 every few milliseconds, on the calling thread, and stop as soon when
/// cancelled. What a progress handler throws stops the kernel and comes out of the call. The outputs of a call that throws are
/// unspecified.
/// </content>
public static partial class Kernels
{
    /// <summary>
    /// Multiplies matrices in row-major order: <paramref name="a"/> has rows × inner elements, <paramref name="b"/> inner ×
    /// columns,
    /// <paramref name="c"/> rows × columns. Each element differs from the exact one by at most inner · 2^-52 · Σ|a||b|.
    /// </summary>
    /// <exception cref="KernelArgumentException">The sizes do not fit, or c overlaps an input.</exception>
    public static void Multiply(
        ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> c, int rows, int inner, int columns,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        var report = new KernelProgress(progress, cancellationToken);
        report.ThrowIfFailed(Set.Multiply(a, b, c, rows, inner, columns, report), "matrix product");
    }

    /// <summary>
    /// Sorts in rising order. Needs working memory of the size of the data. No other thread may write the span meanwhile: native
    /// code goes by what it has read once.
    /// </summary>
    /// <exception cref="KernelMemoryException">The working memory could not be had.</exception>
    public static void Sort(Span<long> data, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        var report = new KernelProgress(progress, cancellationToken);
        report.ThrowIfFailed(Set.Sort(data, report), "sort");
    }

    /// <summary>
    /// Sorts NaN first, then in rising order, -0 before +0. Needs working memory of the size of the data. No other thread may
    /// write the span meanwhile: native code goes by what it has read once.
    /// </summary>
    /// <exception cref="KernelMemoryException">The working memory could not be had.</exception>
    public static void Sort(Span<double> data, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        var report = new KernelProgress(progress, cancellationToken);
        report.ThrowIfFailed(Set.Sort(data, report), "sort");
    }

    /// <summary>Merges two sorted spans into a third; for equal elements those of <paramref name="a"/> come first.</summary>
    /// <exception cref="KernelArgumentException">The lengths do not add up, or the destination overlaps an input.</exception>
    public static void Merge(ReadOnlySpan<long> a, ReadOnlySpan<long> b, Span<long> destination) =>
        Set.Merge(a, b, destination).ThrowIfFailed("merge");

    /// <inheritdoc cref="Merge(ReadOnlySpan{long}, ReadOnlySpan{long}, Span{long})"/>
    public static void Merge(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> destination) =>
        Set.Merge(a, b, destination).ThrowIfFailed("merge");

    /// <summary>Counts the primes p with low ≤ p &lt; high.</summary>
    /// <exception cref="KernelArgumentException">low is negative or above high, or high is above 10^15.</exception>
    public static long CountPrimes(long low, long high, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        // A negative number is out of range as an unsigned one too.
        var report = new KernelProgress(progress, cancellationToken);
        report.ThrowIfFailed(Set.CountPrimes((ulong)low, (ulong)high, report, out ulong result), "prime count");
        return (long)result;
    }

    /// <summary>
    /// Counts, for whole rows of a grid, the iterations until each point leaves the circle of radius 2. The rows written are
    /// those that
    /// <paramref name="counts"/> has room for.
    /// </summary>
    /// <exception cref="KernelArgumentException">The counts are no whole rows, or a number is not in its range.</exception>
    public static void Mandelbrot(
        MandelbrotGrid grid, int firstRow, Span<uint> counts, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        var report = new KernelProgress(progress, cancellationToken);
        report.ThrowIfFailed(Set.Mandelbrot(grid, firstRow, counts, report), "mandelbrot");
    }
}
