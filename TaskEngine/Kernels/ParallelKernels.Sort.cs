using System.Runtime.InteropServices;
using Gristmill.KernelInterop;

namespace Gristmill;

/// <content>
/// Sorting: parts are sorted, one per worker, then merged two by two; each merge is cut into pieces of equal output (Odeh et
/// al., "Merge path", 2012), so that the last one keeps all workers busy too.
/// </content>
public static partial class ParallelKernels
{
    private const int SmallestSort = 1 << 17;

    /// <summary>Elements that one merge, or one pass over them, handles between two looks at the token.</summary>
    private const int PassBlock = 1 << 18;

    /// <inheritdoc cref="Kernels.Sort(Span{long}, IProgress{double}?, CancellationToken)"/>
    public static unsafe void Sort(Span<long> data, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        int workers = BlockRun.Workers;
        if (workers == 1 || data.Length < SmallestSort)
        {
            Kernels.Sort(data, progress, cancellationToken);
            return;
        }

        int parts = Math.Min(64, 1 << (int)Math.Ceiling(Math.Log2(workers)));
        WorkingMemory.Allocate(data.Length, out long[] spare).ThrowIfFailed("sort");
        // Sorting a part counts for four rounds of merging.
        using var run = new BlockRun(data.Length * (4.0 + Math.Log2(parts)), progress, cancellationToken);
        fixed (long* start = data, other = spare)
            Sort(run, start, other, data.Length, parts, workers);
    }

    /// <inheritdoc cref="Kernels.Sort(Span{double}, IProgress{double}?, CancellationToken)"/>
    public static unsafe void Sort(Span<double> data, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        if (BlockRun.Workers == 1 || data.Length < SmallestSort)
        {
            Kernels.Sort(data, progress, cancellationToken);
            return;
        }

        // As integers of the same order; NaN goes first.
        int nans = 0;
        for (int i = 0; i < data.Length; i++)
        {
            if (i % PassBlock == 0)
                cancellationToken.ThrowIfCancellationRequested();
            if (!double.IsNaN(data[i]))
                continue;
            (data[i], data[nans]) = (data[nans], data[i]);
            nans++;
        }

        Span<long> keys = MemoryMarshal.Cast<double, long>(data)[nans..];
        SwitchKeys(keys, cancellationToken);
        Sort(keys, progress, cancellationToken);
        SwitchKeys(keys, cancellationToken);
    }

    private static unsafe void SwitchKeys(Span<long> bits, CancellationToken cancellationToken)
    {
        int length = bits.Length;
        fixed (long* start = bits)
        {
            long* keys = start;
            Run(Blocks(length), i =>
            {
                foreach (ref long x in WritablePart(keys, length, i))
                    x ^= (long)((ulong)(x >> 63) >> 1);
            }, cancellationToken);
        }
    }

    private static unsafe void Sort(BlockRun run, long* data, long* spare, int length, int parts, int workers)
    {
        run.Run(parts, i =>
        {
            Span<long> part = Between(data, Cut(length, parts, i), Cut(length, parts, i + 1));
            Kernels.Sort(part, null, run.Token);
            run.Done(4.0 * part.Length);
        });

        long* from = data, to = spare;
        for (int runs = parts; runs > 1; runs /= 2)
        {
            int merges = runs / 2, stride = parts / runs;
            int pieces = Math.Max(Math.Max(1, 2 * workers / merges), length / merges / PassBlock);
            long* source = from, target = to;
            run.Run(merges * pieces, i =>
            {
                int merge = i / pieces, piece = i % pieces;
                int begin = Cut(length, parts, 2 * merge * stride);
                int middle = Cut(length, parts, (2 * merge + 1) * stride);
                int end = Cut(length, parts, (2 * merge + 2) * stride);
                MergePiece(Between(source, begin, middle), Between(source, middle, end), Between(target, begin, end), piece, pieces);
                run.Done((end - begin) / (double)pieces);
            });
            from = target;
            to = source;
        }

        if (from != data)
        {
            long* source = from;
            run.Run(Blocks(length), i => Part(source, length, i).CopyTo(WritablePart(data, length, i)));
        }
    }

    private static void MergePiece(ReadOnlySpan<long> a, ReadOnlySpan<long> b, Span<long> destination, int piece, int pieces)
    {
        int first = Cut(destination.Length, pieces, piece), end = Cut(destination.Length, pieces, piece + 1);
        int fromA = TakenFromA(a, b, first), toA = TakenFromA(a, b, end);
        Kernels.Merge(a[fromA..toA], b[(first - fromA)..(end - toA)], destination[first..end]);
    }

    /// <summary>
    /// How many of the first <paramref name="count"/> merged elements come from a, which goes first among equals.
    /// </summary>
    private static int TakenFromA(ReadOnlySpan<long> a, ReadOnlySpan<long> b, int count)
    {
        int low = Math.Max(0, count - b.Length), high = Math.Min(count, a.Length);
        while (low < high)
        {
            int middle = low + (high - low) / 2;
            if (a[middle] <= b[count - middle - 1])
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private static int Cut(int length, int parts, int index) => (int)((long)length * index / parts);

    private static unsafe Span<long> Between(long* start, int from, int to) => new(start + from, to - from);
}
