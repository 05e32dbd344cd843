using System.Numerics.Tensors;
using Gristmill.KernelInterop;

namespace Gristmill;

/// <summary>
/// Kernels on all workers of an engine: called from a handler, they are cut into blocks that idle workers steal. On a thread
/// that is no worker they run there, undivided. Results do not depend on the number of workers: blocks are cut by size alone
/// wherever that could show, and their results are joined in order. All members can be cancelled within milliseconds, but
/// for a histogram of very many bins and a count that cannot be divided.
/// </summary>
public static partial class ParallelKernels
{
    /// <summary>Elements per block: half a megabyte, some tens of microseconds.</summary>
    private const int Block = 1 << 16;

    /// <summary>
    /// The sum, added block by block of 65,536 elements; differs from <see cref="Kernels.Sum(ReadOnlySpan{double})"/> by
    /// rounding.
    /// </summary>
    public static unsafe double Sum(ReadOnlySpan<double> data, CancellationToken cancellationToken = default)
    {
        int length = data.Length;
        if (length <= Block)
            return Kernels.Sum(data);
        double[] partial = new double[Blocks(length)];
        fixed (double* start = data)
        {
            double* x = start;
            Run(partial.Length, i => partial[i] = Kernels.Sum(Part(x, length, i)), cancellationToken);
        }

        return Kernels.Sum(partial);
    }

    /// <summary>The exact sum.</summary>
    /// <exception cref="KernelOverflowException">The total does not fit.</exception>
    public static unsafe long Sum(ReadOnlySpan<long> data, CancellationToken cancellationToken = default)
    {
        int length = data.Length;
        if (length <= Block)
            return Kernels.Sum(data);
        Int128[] partial = new Int128[Blocks(length)];
        fixed (long* start = data)
        {
            long* x = start;
            Run(partial.Length, i => partial[i] = ExactSum(Part(x, length, i)), cancellationToken);
        }

        Int128 total = 0;
        foreach (Int128 part in partial)
            total += part;
        return total == (long)total ? (long)total : throw new KernelOverflowException("sum");
    }

    /// <summary>The scalar product, block by block of 65,536 elements.</summary>
    /// <exception cref="KernelArgumentException">The lengths differ.</exception>
    public static unsafe double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b, CancellationToken cancellationToken = default)
    {
        int length = a.Length;
        if (length != b.Length || length <= Block)
            return Kernels.Dot(a, b);
        double[] partial = new double[Blocks(length)];
        fixed (double* startA = a, startB = b)
        {
            double* x = startA, y = startB;
            Run(partial.Length, i => partial[i] = Kernels.Dot(Part(x, length, i), Part(y, length, i)), cancellationToken);
        }

        return Kernels.Sum(partial);
    }

    /// <inheritdoc cref="Kernels.MinMax(ReadOnlySpan{double})"/>
    public static unsafe (double Min, double Max) MinMax(ReadOnlySpan<double> data, CancellationToken cancellationToken = default)
    {
        int length = data.Length, blocks = Blocks(length);
        if (length <= Block)
            return Kernels.MinMax(data);
        double[] ends = new double[2 * blocks];
        fixed (double* start = data)
        {
            double* x = start;
            Run(blocks, i => (ends[2 * i], ends[2 * i + 1]) = Kernels.MinMax(Part(x, length, i)), cancellationToken);
        }

        return Kernels.MinMax(ends);
    }

    /// <inheritdoc cref="Kernels.Axpy"/>
    public static unsafe void Axpy(double factor, ReadOnlySpan<double> x, Span<double> y, CancellationToken cancellationToken = default)
    {
        int length = x.Length;
        if (length <= Block || length != y.Length || x.Overlaps(y))
        {
            Kernels.Axpy(factor, x, y);
            return;
        }

        fixed (double* startX = x, startY = y)
        {
            double* a = startX, b = startY;
            Run(Blocks(length), i => Kernels.Axpy(factor, Part(a, length, i), WritablePart(b, length, i)), cancellationToken);
        }
    }

    /// <summary>
    /// Writes the sum of each element and all before it, block by block of 65,536 elements; differs from
    /// <see cref="Kernels.PrefixSum(ReadOnlySpan{double}, Span{double})"/> by rounding.
    /// </summary>
    /// <exception cref="KernelArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static unsafe void PrefixSum(ReadOnlySpan<double> data, Span<double> destination, CancellationToken cancellationToken = default)
    {
        int length = data.Length, blocks = Blocks(length);
        if (length <= Block || length != destination.Length || (data.Overlaps(destination, out int offset) && offset != 0))
        {
            Kernels.PrefixSum(data, destination);
            return;
        }

        // All workers together go over the data twice: two of them gain nothing by that.
        if (BlockRun.Workers <= 2)
        {
            PrefixSumInTurn(data, destination, cancellationToken);
            return;
        }

        double[] before = new double[blocks];
        fixed (double* start = data, startDestination = destination)
        {
            double* x = start, y = startDestination;
            Run(blocks, i => Kernels.PrefixSum(Part(x, length, i), WritablePart(y, length, i)), cancellationToken);
            for (int i = 1; i < blocks; i++)
                before[i] = before[i - 1] + y[i * Block - 1];
            Run(blocks - 1, i =>
            {
                Span<double> part = WritablePart(y, length, i + 1);
                TensorPrimitives.Add(part, before[i + 1], part);
            }, cancellationToken);
        }
    }

    /// <summary>The same blocks one after the other, each finished while it lies in the cache.</summary>
    private static void PrefixSumInTurn(ReadOnlySpan<double> data, Span<double> destination, CancellationToken cancellationToken)
    {
        double before = 0;
        for (int first = 0; first < data.Length; first += Math.Min(Block, data.Length - first))
        {
            cancellationToken.ThrowIfCancellationRequested();
            int length = Math.Min(Block, data.Length - first);
            Span<double> part = destination.Slice(first, length);
            Kernels.PrefixSum(data.Slice(first, length), part);
            double total = part[^1];
            if (first > 0)
                TensorPrimitives.Add(part, before, part);
            before += total;
        }
    }

    /// <inheritdoc cref="Kernels.Histogram"/>
    public static unsafe void Histogram(
        ReadOnlySpan<double> data, double low, double high, Span<long> counts, CancellationToken cancellationToken = default)
    {
        int length = data.Length, bins = counts.Length;
        // A table per block pays while tables are much smaller than blocks.
        if (bins > Block / 16 || length <= Block)
        {
            Kernels.Histogram(data, low, high, counts);
            return;
        }

        long[] total = new long[bins];
        fixed (double* start = data)
        {
            double* x = start;
            Run(Blocks(length), i =>
            {
                long[] own = new long[bins];
                Kernels.Histogram(Part(x, length, i), low, high, own);
                lock (total)
                {
                    for (int bin = 0; bin < bins; bin++)
                        total[bin] += own[bin];
                }
            }, cancellationToken);
        }

        total.CopyTo(counts);
    }

    /// <summary>A block's total may leave 64 bits even when the sum of all does not.</summary>
    private static Int128 ExactSum(ReadOnlySpan<long> data)
    {
        KernelStatus status = Kernels.TrySum(data, out long sum);
        if (status != KernelStatus.Overflow)
        {
            status.ThrowIfFailed("sum");
            return sum;
        }

        Int128 total = 0;
        foreach (long x in data)
            total += x;
        return total;
    }

    private static int Blocks(int length) => (int)(((long)length + Block - 1) / Block);

    private static unsafe ReadOnlySpan<T> Part<T>(T* start, int length, int block)
        where T : unmanaged => WritablePart(start, length, block);

    private static unsafe Span<T> WritablePart<T>(T* start, int length, int block)
        where T : unmanaged
    {
        int first = block * Block;
        return new Span<T>(start + first, Math.Min(Block, length - first));
    }

    private static void Run(int blocks, Action<int> block, CancellationToken cancellationToken)
    {
        using var run = new BlockRun(blocks, null, cancellationToken);
        run.Run(blocks, block);
    }
}
