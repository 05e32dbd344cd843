namespace Gristmill.Tasks;

/// <summary>How long to wait before an attempt that follows a failed one.</summary>
public static class Backoff
{
    /// <summary>
    /// Twice as long after each failure up to a bound, of which a random half is left out: tasks that failed together do not come back together.
    /// </summary>
    /// <param name="failures">Attempts that have failed, from 1.</param>
    /// <param name="first">The wait after the first failure.</param>
    /// <param name="longest">The bound.</param>
    /// <returns>Half to all of the wait.</returns>
    public static TimeSpan After(int failures, TimeSpan first, TimeSpan longest)
    {
        double doubled = first.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 30));
#pragma warning disable CA5394 // Jitter is no secret.
        return TimeSpan.FromSeconds(Math.Min(doubled, longest.TotalSeconds) * (0.5 + Random.Shared.NextDouble() / 2));
#pragma warning restore CA5394
    }
}
