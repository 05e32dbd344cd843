using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gristmill.KernelInterop;

internal sealed partial class ManagedKernels
{
    /// <summary>Elements between two reports: a millisecond or two of work.</summary>
    private const int Chunk = 1 << 15;

    /// <summary>The same where an element costs a nanosecond.</summary>
    private const int Pass = 1 << 20;

    private const uint IterationsPerReport = 1 << 15;

    /// <summary>Row by row of c, over blocks of b that stay in the L2 cache.</summary>
    public override KernelStatus Multiply(
        ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> c, int rows, int inner, int columns, KernelProgress progress)
    {
        const int Depth = 64, Width = 1024;
        if (rows < 0 || inner < 0 || columns < 0
            || (long)rows * inner != a.Length || (long)inner * columns != b.Length || (long)rows * columns != c.Length)
            return KernelStatus.Dimension;
        if (a.Overlaps(c) || b.Overlaps(c))
            return KernelStatus.Overlap;
        c.Clear();
        double work = (double)rows * inner * columns, done = 0;
        for (int j = 0; j < columns; j += Width)
        {
            int width = Math.Min(Width, columns - j);
            for (int first = 0; first < inner; first += Depth)
            {
                int end = Math.Min(first + Depth, inner);
                for (int i = 0; i < rows; i++)
                {
                    if (i % 16 == 0 && progress.Report(done / work))
                        return KernelStatus.Cancelled;
                    Span<double> row = c.Slice(i * columns + j, width);
                    for (int k = first; k < end; k++)
                        TensorPrimitives.MultiplyAdd(b.Slice(k * columns + j, width), a[i * inner + k], row, row);
                    done += (double)width * (end - first);
                }
            }
        }

        return KernelStatus.Ok;
    }

    /// <summary>Chunks sorted by the framework, then merged in rounds, so that a long sort can be stopped.</summary>
    public override KernelStatus Sort(Span<long> data, KernelProgress progress)
    {
        if (data.Length <= Chunk)
        {
            data.Sort();
            return KernelStatus.Ok;
        }

        if (WorkingMemory.Allocate(data.Length, out long[] spare) is var status and not KernelStatus.Ok)
            return status;
        int rounds = 1;
        for (int width = Chunk; width < data.Length; width = (int)Math.Min(int.MaxValue, 2L * width))
            rounds++;
        double work = (double)data.Length * rounds, done = 0;
        for (int i = 0; i < data.Length; i += Chunk)
        {
            if (progress.Report(done / work))
                return KernelStatus.Cancelled;
            int length = Math.Min(Chunk, data.Length - i);
            data.Slice(i, length).Sort();
            done += length;
        }

        Span<long> from = data, to = spare;
        for (long width = Chunk; width < data.Length; width *= 2)
        {
            for (long i = 0; i < data.Length; i += 2 * width)
            {
                int begin = (int)i, middle = (int)Math.Min(i + width, data.Length), end = (int)Math.Min(i + 2 * width, data.Length);
                if (!MergeRuns(from[begin..middle], from[middle..end], to[begin..end], progress, ref done, work))
                    return KernelStatus.Cancelled;
            }

            Span<long> swap = from;
            from = to;
            to = swap;
        }

        for (int i = 0; from != data && i < data.Length; i += Pass)
        {
            if (progress.Report(1))
                return KernelStatus.Cancelled;
            from[i..Math.Min(i + Pass, data.Length)].CopyTo(data[i..]);
        }

        return KernelStatus.Ok;
    }

    private static bool MergeRuns(
        ReadOnlySpan<long> a, ReadOnlySpan<long> b, Span<long> destination, KernelProgress progress, ref double done, double work)
    {
        int i = 0, j = 0;
        for (int k = 0; k < destination.Length; k++)
        {
            if (k % Chunk == 0)
            {
                if (progress.Report(Math.Min(1, done / work)))
                    return false;
                done += Math.Min(Chunk, destination.Length - k);
            }

            destination[k] = j == b.Length || (i < a.Length && a[i] <= b[j]) ? a[i++] : b[j++];
        }

        return true;
    }

    /// <summary>As integers, so that -0 and +0 have an order; NaN goes first.</summary>
    public override KernelStatus Sort(Span<double> data, KernelProgress progress)
    {
        int nans = 0;
        for (int i = 0; i < data.Length; i++)
        {
            if (i % Pass == 0 && progress.Report(0))
                return KernelStatus.Cancelled;
            if (!double.IsNaN(data[i]))
                continue;
            (data[i], data[nans]) = (data[nans], data[i]);
            nans++;
        }

        Span<long> keys = MemoryMarshal.Cast<double, long>(data)[nans..];
        if (!SwitchKeys(keys, 0, progress))
            return KernelStatus.Cancelled;
        KernelStatus status = Sort(keys, progress);
        return status == KernelStatus.Ok && !SwitchKeys(keys, 1, progress) ? KernelStatus.Cancelled : status;
    }

    private static bool SwitchKeys(Span<long> keys, double done, KernelProgress progress)
    {
        for (int i = 0; i < keys.Length; i++)
        {
            if (i % Pass == 0 && progress.Report(done))
                return false;
            keys[i] ^= (long)((ulong)(keys[i] >> 63) >> 1);
        }

        return true;
    }

    public override KernelStatus Merge(ReadOnlySpan<long> a, ReadOnlySpan<long> b, Span<long> destination)
    {
        if ((long)a.Length + b.Length != destination.Length)
            return KernelStatus.Dimension;
        if (a.Overlaps(destination) || b.Overlaps(destination))
            return KernelStatus.Overlap;
        int i = 0, j = 0;
        while (i + j < destination.Length)
            destination[i + j] = j == b.Length || (i < a.Length && a[i] <= b[j]) ? a[i++] : b[j++];
        return KernelStatus.Ok;
    }

    public override KernelStatus Merge(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> destination)
    {
        if ((long)a.Length + b.Length != destination.Length)
            return KernelStatus.Dimension;
        if (a.Overlaps(destination) || b.Overlaps(destination))
            return KernelStatus.Overlap;
        int i = 0, j = 0;
        while (i + j < destination.Length)
            destination[i + j] = j == b.Length || (i < a.Length && Order(a[i]) <= Order(b[j])) ? a[i++] : b[j++];
        return KernelStatus.Ok;

        static long Order(double x) => double.IsNaN(x) ? long.MinValue : Key(x);
    }

    public override KernelStatus Mandelbrot(MandelbrotGrid grid, int firstRow, Span<uint> counts, KernelProgress progress)
    {
        if (CheckRows(grid, firstRow, counts.Length) is var status and not KernelStatus.Ok)
            return status;
        // As long between reports as in mandelbrot.c.
        int chunk = Math.Max(8, (1 << 21) / grid.MaxIterations / 8 * 8);
        int rows = counts.Length / grid.Columns;
        for (int row = 0; row < rows; row++)
        {
            double y = grid.Top - (double)((long)firstRow + row) * grid.Step;
            Span<uint> line = counts.Slice(row * grid.Columns, grid.Columns);
            for (int column = 0; column < grid.Columns; column += chunk)
            {
                double done = (double)((long)row * grid.Columns + column) / counts.Length;
                if (progress.Report(done))
                    return KernelStatus.Cancelled;
                Span<uint> part = line[column..Math.Min(column + chunk, grid.Columns)];
                for (int i = 0; i < part.Length; i += 8)
                {
                    if (!EightPoints(grid, column + i, y, part[i..], progress, done))
                        return KernelStatus.Cancelled;
                }
            }
        }

        return KernelStatus.Ok;
    }

    private static bool EightPoints(MandelbrotGrid grid, int column, double y, Span<uint> counts, KernelProgress progress, double done)
    {
        Vector512<double> x = Vector512.Create(grid.Left)
            + (Vector512.Create((double)column) + Vector512.Create(0.0, 1, 2, 3, 4, 5, 6, 7)) * Vector512.Create(grid.Step);
        Vector512<double> re = default, im = default, ys = Vector512.Create(y), four = Vector512.Create(4.0);
        Vector512<long> inside = Vector512<long>.AllBitsSet, n = default;
        for (uint i = 0; i < (uint)grid.MaxIterations; i++)
        {
            if (i % IterationsPerReport == IterationsPerReport - 1 && progress.Report(done))
                return false;
            Vector512<double> re2 = re * re, im2 = im * im;
            inside &= Vector512.LessThanOrEqual(re2 + im2, four).AsInt64();
            if (inside == Vector512<long>.Zero)
                break;
            n -= inside;
            im = (re + re) * im + ys;
            re = re2 - im2 + x;
        }

        for (int lane = 0; lane < 8 && lane < counts.Length; lane++)
            counts[lane] = (uint)n[lane];
        return true;
    }
}
