using System.Numerics;

namespace Gristmill.Diagnostics;

/// <summary>
/// Counts durations in buckets that grow by a quarter of an octave, from 1 ns to about 5 hours: a quantile read from it is at most an
/// eighth off. One thread records, anyone reads.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int PerOctave = 4;
    private const int Buckets = 44 * PerOctave;

    private readonly long[] _counts = new long[Buckets];

    public void Record(long nanoseconds) => _counts[BucketOf(nanoseconds)]++;

    /// <summary>As <see cref="Record"/>, for threads that share a histogram.</summary>
    public void RecordShared(long nanoseconds) => Interlocked.Increment(ref _counts[BucketOf(nanoseconds)]);

    public void AddTo(Span<long> sum)
    {
        for (int i = 0; i < Buckets; i++)
            sum[i] += Volatile.Read(ref _counts[i]);
    }

    public static long[] NewSum() => new long[Buckets];

    public static TimeQuantiles QuantilesOf(ReadOnlySpan<long> sum) => new(Quantile(sum, 0.5), Quantile(sum, 0.99));

    public TimeQuantiles Quantiles()
    {
        long[] counts = NewSum();
        AddTo(counts);
        return QuantilesOf(counts);
    }

    /// <summary>The middle of the bucket that holds the quantile; zero when nothing was counted.</summary>
    public static TimeSpan Quantile(ReadOnlySpan<long> sum, double quantile)
    {
        long total = 0;
        foreach (long count in sum)
            total += count;
        if (total == 0)
            return TimeSpan.Zero;

        long rank = Math.Max(1, (long)Math.Ceiling(quantile * total));
        int bucket = 0;
        for (long seen = sum[0]; seen < rank; seen += sum[bucket])
            bucket++;
        return TimeSpan.FromMicroseconds(MiddleOf(bucket) / 1000.0);
    }

    private static int BucketOf(long nanoseconds)
    {
        ulong value = (ulong)Math.Max(1, nanoseconds);
        int octave = BitOperations.Log2(value);
        // The two bits behind the leading one.
        int quarter = octave >= 2 ? (int)(value >> (octave - 2)) & 3 : (int)(value << (2 - octave)) & 3;
        return Math.Min(octave * PerOctave + quarter, Buckets - 1);
    }

    private static double MiddleOf(int bucket)
    {
        double low = Math.Pow(2, bucket / PerOctave) * (1 + bucket % PerOctave / (double)PerOctave);
        return low + Math.Pow(2, bucket / PerOctave) / PerOctave / 2;
    }
}
