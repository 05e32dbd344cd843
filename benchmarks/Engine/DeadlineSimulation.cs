namespace Gristmill.Benchmarks;

/// <summary>
/// What a rule of order can give at best: the arrivals of G on workers that cost nothing, are never interrupted, and see everything at once. An item that was begun is
/// finished, as in the pool. Arrivals come at whole milliseconds, as the generator's do.
/// </summary>
internal static class DeadlineSimulation
{
    /// <summary>The share of items that end late.</summary>
    /// <param name="items">In the order of their arrival; times in milliseconds.</param>
    /// <param name="workers">Items run at a time.</param>
    /// <param name="rank">The least goes first, then who came first; given the item and the time.</param>
    public static double Misses(IReadOnlyList<Item> items, int workers, Func<Item, double, (double, double)> rank)
    {
        var free = new double[workers];
        var ready = new List<Item>();
        int arrived = 0, missed = 0;
        for (int started = 0; started < items.Count; started++)
        {
            int worker = Array.IndexOf(free, free.Min());
            double now = free[worker];
            if (ready.Count == 0)
                now = Math.Max(now, Math.Ceiling(items[arrived].At));
            while (arrived < items.Count && Math.Ceiling(items[arrived].At) <= now)
                ready.Add(items[arrived++]);
            Item next = ready.MinBy(item => rank(item, now))!;
            ready.Remove(next);
            free[worker] = now + next.Cost;
            missed += free[worker] > next.Deadline ? 1 : 0;
        }

        return (double)missed / items.Count;
    }

    internal sealed record Item(double At, double Cost, double Deadline, int Lane);
}
