namespace Gristmill.KernelInterop;

internal sealed partial class ManagedKernels
{
    private const int PrimesPerReport = 1 << 16;
    private const int CrossingsPerReport = 1 << 18;
    private const ulong GreatestPrimeRange = 1_000_000_000_000_000;

    /// <summary>A segmented sieve of odd numbers, a byte each.</summary>
    public override KernelStatus CountPrimes(ulong low, ulong high, KernelProgress progress, out ulong result)
    {
        const int SegmentOdds = 1 << 17;
        result = 0;
        if (low > high || high > GreatestPrimeRange)
            return KernelStatus.OutOfRange;
        ulong total = low <= 2 && high > 2 ? 1u : 0u;
        if (OddPrimesUpTo((int)Math.Sqrt(high) + 1, progress) is not { } primes)
            return KernelStatus.Cancelled;
        byte[] composite = new byte[SegmentOdds];

        // Index i of a segment stands for first + 2 i.
        ulong begin = Math.Max(low, 3) | 1;
        for (ulong first = begin; first < high; first += 2 * SegmentOdds)
        {
            if (progress.Report((double)(first - begin) / (high - begin)))
                return KernelStatus.Cancelled;
            int odds = (int)Math.Min(SegmentOdds, (high - first + 1) / 2);
            Span<byte> segment = composite.AsSpan(0, odds);
            segment.Clear();
            for (int index = 0; index < primes.Length; index++)
            {
                // At 10^15 there are two million of them.
                if (index % PrimesPerReport == PrimesPerReport - 1 && progress.Report((double)(first - begin) / (high - begin)))
                    return KernelStatus.Cancelled;
                ulong p = (ulong)primes[index], square = p * p;
                if (square >= high)
                    break;
                ulong multiple = square >= first ? square : (first + p - 1) / p * p;
                if ((multiple & 1) == 0)
                    multiple += p;
                for (ulong i = (multiple - first) / 2; i < (ulong)odds; i += p)
                    segment[(int)i] = 1;
            }

            total += (ulong)segment.Count((byte)0);
        }

        result = total;
        return KernelStatus.Ok;
    }

    /// <summary>Null when stopped.</summary>
    private static int[]? OddPrimesUpTo(int limit, KernelProgress progress)
    {
        bool[] composite = new bool[limit / 2 + 1];
        var primes = new List<int>();
        long work = 0;
        for (int i = 1; 2 * i + 1 <= limit; i++)
        {
            if (composite[i])
                continue;
            int p = 2 * i + 1;
            primes.Add(p);
            for (long k = 2L * i * (i + 1); k < composite.Length;)
            {
                long end = Math.Min(composite.Length, k + (long)p * CrossingsPerReport);
                work += (end - k) / p + 1;
                for (; k < end; k += p)
                    composite[k] = true;
                if (work < CrossingsPerReport)
                    continue;
                work = 0;
                if (progress.Report(0))
                    return null;
            }
        }

        return [.. primes];
    }
}
