
namespace Gristmill.Benchmarks;

/// <summary>A: fib(32) without a cut-off, so that nothing but splits is measured.</summary>
internal static class ForkJoinBench
{
    private const int N = 32;

    // fib(n) joins once per call with n ≥ 2.
    private const int Spawns = 3_524_577;

    public static void Run(Bench bench, Peer? rayon, Peer? tbb)
    {
        foreach (int workers in new[] { 1, 2 })
        {
            using var pool = new BenchPool(workers);
            long before = 0, after = 0;
            double Ours()
            {
                before = GC.GetTotalAllocatedBytes(precise: true);
                double time = pool.Time(new Fib(N));
                after = GC.GetTotalAllocatedBytes(precise: true);
                return time / 1e6;
            }

            string name = $"A fork-join fib({N}), {workers} worker{(workers > 1 ? "s" : "")}";
            bench.Compare(name, "ms", Ours, "Rayon", Ask(rayon, workers), Bar.AtMost(1.2));
            bench.Compare(name, "ms", Ours, "oneTBB", Ask(tbb, workers), Bar.AtMost(0.25));
            double bytes = (double)(after - before) / Spawns;
            bench.Report($"A bytes per spawn, {workers} worker{(workers > 1 ? "s" : "")}", "B", [bytes], "0 B", bytes < 0.01);
        }
    }

    /// <summary>From 1 to all cores: how many times faster than one worker.</summary>
    public static void RunScaling(Bench bench)
    {
        int cores = Environment.ProcessorCount;
        using var one = new BenchPool(1);
        for (int workers = Math.Min(2, cores); ; workers = Math.Min(2 * workers, cores))
        {
            using var many = new BenchPool(workers);
            bench.Compare(
                $"A speed-up from 1 to {workers} workers", "ms", () => one.Time(new Fib(N)) / 1e6, $"{workers} workers", () => many.Time(new Fib(N)) / 1e6, bar: null);
            if (workers == cores)
                return;
        }
    }

    private static Func<double>? Ask(Peer? peer, int workers) => peer is null ? null : () => peer.Ask($"fib {N} {workers}") / 1e6;

    internal readonly struct Fib(int n) : IForkTask<long>
    {
        public long Run(ForkScope scope)
        {
            if (n < 2)
                return n;
            scope.Join<Fib, long, Fib, long>(new Fib(n - 1), new Fib(n - 2), out long a, out long b);
            return a + b;
        }
    }
}
