namespace Gristmill;

/// <summary>Prime numbers.</summary>
[TaskDefinition("primes", Timeout = "1h")]
public static partial class PrimesHandlers
{
    private const long Limit = 1_000_000_000_000_000;

    /// <summary>Counts the primes from low up to but not including limit. Reports progress and can be cancelled.</summary>
    [TaskOperation]
    public static long Count(long limit, IProgress<double> progress, CancellationToken cancellationToken, long low = 0)
    {
        if (limit is < 0 or > Limit)
            throw new InvalidTaskInputException("limit", $"must be from 0 to {Limit}.");
        if (low < 0 || low > limit)
            throw new InvalidTaskInputException("low", "must be from 0 to limit.");
        return ParallelKernels.CountPrimes(low, limit, progress, cancellationToken);
    }
}
