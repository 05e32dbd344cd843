using Gristmill.KernelInterop;

namespace Gristmill;

public static partial class ParallelKernels
{
    private const long MaxPrimeRange = 1_000_000_000_000_000;
    private const int MultiplyRows = 192;
    private const long PrimesPerBlock = 1 << 24;
    private const int PointsPerBlock = 1 << 12;

    /// <inheritdoc cref="Kernels.Multiply"/>
    public static unsafe void Multiply(
        ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> c, int rows, int inner, int columns,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        int workers = BlockRun.Workers;
        if (workers == 1 || rows <= 8
            || (long)rows * inner != a.Length || (long)inner * columns != b.Length || (long)rows * columns != c.Length
            || a.Overlaps(c) || b.Overlaps(c))
        {
            // Also when the arguments are wrong: the kernel says how.
            Kernels.Multiply(a, b, c, rows, inner, columns, progress, cancellationToken);
            return;
        }

        // Rows do not touch each other's results, so blocks may be cut for the workers there are. Each packs b anew: not too few rows.
        int height = Math.Clamp((rows / (workers * 2) + 7) / 8 * 8, 8, MultiplyRows);
        int blocks = (rows + height - 1) / height;
        using var run = new BlockRun(rows, progress, cancellationToken);
        fixed (double* startA = a, startB = b, startC = c)
        {
            double* x = startA, y = startB, z = startC;
            run.Run(blocks, i =>
            {
                long first = (long)i * height;
                int count = (int)Math.Min(height, rows - first);
                Kernels.Multiply(
                    new ReadOnlySpan<double>(x + first * inner, count * inner), new ReadOnlySpan<double>(y, inner * columns),
                    new Span<double>(z + first * columns, count * columns), count, inner, columns, null, run.Token);
                run.Done(count);
            });
        }
    }

    /// <inheritdoc cref="Kernels.CountPrimes"/>
    public static long CountPrimes(long low, long high, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        if (BlockRun.Workers == 1 || low < 0 || high - low <= PrimesPerBlock || high > MaxPrimeRange)
            return Kernels.CountPrimes(low, high, progress, cancellationToken);

        // A block sieves up to the root of its end before it begins: the larger the root, the larger the blocks.
        long size = Math.Max(PrimesPerBlock, 64 * (long)Math.Sqrt(high));
        size = Math.Max(size, (high - low) / int.MaxValue + 1);
        int blocks = (int)((high - low + size - 1) / size);
        long total = 0;
        using var run = new BlockRun(high - low, progress, cancellationToken);
        run.Run(blocks, i =>
        {
            long first = low + i * size, end = Math.Min(high, first + size);
            Interlocked.Add(ref total, Kernels.CountPrimes(first, end, null, run.Token));
            run.Done(end - first);
        });
        return total;
    }

    /// <inheritdoc cref="Kernels.Mandelbrot"/>
    public static unsafe void Mandelbrot(
        MandelbrotGrid grid, Span<uint> counts, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        if (BlockRun.Workers == 1 || grid.Columns < 1 || (long)grid.Columns * grid.Rows != counts.Length)
        {
            Kernels.Mandelbrot(grid, 0, counts, progress, cancellationToken);
            return;
        }

        int height = Math.Max(1, PointsPerBlock / grid.Columns), blocks = (grid.Rows + height - 1) / height;
        using var run = new BlockRun(grid.Rows, progress, cancellationToken);
        fixed (uint* start = counts)
        {
            uint* all = start;
            run.Run(blocks, i =>
            {
                int first = i * height, rows = Math.Min(height, grid.Rows - first);
                Kernels.Mandelbrot(grid, first, new Span<uint>(all + (long)first * grid.Columns, rows * grid.Columns), null, run.Token);
                run.Done(rows);
            });
        }
    }
}
