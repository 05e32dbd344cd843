using static Gristmill.Benchmarks.Kernels.KernelBenches;

namespace Gristmill.Benchmarks.Kernels;

/// <summary>K4: the kernels on all processors, against the same peers with as many threads, and against one thread.</summary>
internal static class ParallelBenches
{
    internal static double s_sink;

    public static void Run(Bench bench)
    {
        if (!bench.Wants("K4"))
            return;
        int workers = Environment.ProcessorCount;
        TaskEngine engine = TaskEngine.Create(e => e.Workers(workers));
        try
        {
            Multiply(bench, engine, workers);
            Sort(bench, engine);
            Primes(bench, engine, workers);
            Mandelbrot(bench, engine);
            Streams(bench, engine);
        }
        finally
        {
            engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>Milliseconds that the action takes on a worker.</summary>
    private static double OnWorker(TaskEngine engine, Action action) =>
        Task.Factory.StartNew(() => Bench.Time(action), CancellationToken.None, TaskCreationOptions.None, engine.Scheduler)
            .GetAwaiter().GetResult() / 1e6;

    private static void Multiply(Bench bench, TaskEngine engine, int workers)
    {
        Action<double[], double[], double[], int>? blas = NativePeers.OpenBlas(workers);
        foreach (int n in new[] { 512, 1024 })
        {
            double[] a = Doubles(n * n), b = Doubles(n * n), c = new double[n * n];
            double Ours() => OnWorker(engine, () => ParallelKernels.Multiply(a, b, c, n, n, n));
            bench.Compare(
                $"K4 matrix {n}", "ms", Ours, "OpenBLAS", blas is null ? null : () => Bench.Time(() => blas(a, b, c, n)) / 1e6,
                Bar.AtMost(1 / 0.7));
            bench.Compare(
                $"K4 matrix {n}", "ms", Ours, "one thread", () => Bench.Time(() => Gristmill.Kernels.Multiply(a, b, c, n, n, n)) / 1e6, null);
        }
    }

    private static void Sort(Bench bench, TaskEngine engine)
    {
        int count = bench.Quick ? 1_000_000 : 10_000_000;
        string size = bench.Quick ? "1M" : "10M";
        long[] longs = Longs(count), copy = new long[count];
        double Ours()
        {
            longs.CopyTo(copy, 0);
            return OnWorker(engine, () => ParallelKernels.Sort(copy));
        }

        double Theirs(Action sort)
        {
            longs.CopyTo(copy, 0);
            return Bench.Time(sort) / 1e6;
        }

        bench.Compare($"K4 sort i64 {size}", "ms", Ours, "Array.Sort", () => Theirs(() => Array.Sort(copy)), Bar.AtMost(0.25), rounds: 5);
        bench.Compare($"K4 sort i64 {size}", "ms", Ours, "one thread", () => Theirs(() => Gristmill.Kernels.Sort(copy)), null, rounds: 5);
    }

    private static void Primes(Bench bench, TaskEngine engine, int workers)
    {
        long limit = bench.Quick ? 100_000_000 : 1_000_000_000;
        Func<long, long>? primesieve = NativePeers.PrimeSieve(workers);
        double Ours() => OnWorker(engine, () => ParallelKernels.CountPrimes(0, limit));
        bench.Compare(
            $"K4 primes to {limit:0e0}", "ms", Ours, "primesieve",
            primesieve is null ? null : () => Bench.Time(() => primesieve(limit)) / 1e6,
            Bar.AtMost(2.0));
        bench.Compare(
            $"K4 primes to {limit:0e0}", "ms", Ours, "one thread", () => Bench.Time(() => Gristmill.Kernels.CountPrimes(0, limit)) / 1e6, null);
    }

    private static void Mandelbrot(Bench bench, TaskEngine engine)
    {
        var grid = new MandelbrotGrid(-2, 1.25, 0.0025, 1000, 1000, 500);
        uint[] counts = new uint[1_000_000];
        bench.Compare(
            "K4 mandelbrot 1000x1000", "ms", () => OnWorker(engine, () => ParallelKernels.Mandelbrot(grid, counts)), "one thread",
            () => Bench.Time(() => Gristmill.Kernels.Mandelbrot(grid, 0, counts)) / 1e6, null);
    }

    /// <summary>Bound by memory: a second core helps as far as it brings bandwidth.</summary>
    private static void Streams(Bench bench, TaskEngine engine)
    {
        double[] data = Doubles(10_000_000), other = Doubles(10_000_000);
        byte[] text = new byte[64 << 20];
        for (int i = 0; i < text.Length; i++)
            text[i] = (byte)('a' + i * 7919L % 26);
        Row("sum f64 10M", () => s_sink = ParallelKernels.Sum(data), () => s_sink = Gristmill.Kernels.Sum(data));
        Row("axpy f64 10M", () => ParallelKernels.Axpy(1e-9, data, other), () => Gristmill.Kernels.Axpy(1e-9, data, other));
        Row("prefix sum f64 10M", () => ParallelKernels.PrefixSum(data, other), () => Gristmill.Kernels.PrefixSum(data, other));
        Row("count pair 64MB", () => s_sink = ParallelKernels.Count(text, "gz"u8), () => s_sink = Gristmill.Kernels.Count(text, "gz"u8));

        void Row(string name, Action all, Action one) =>
            bench.Compare($"K4 {name}", "ms", () => OnWorker(engine, all), "one thread", () => Bench.Time(one) / 1e6, null);
    }
}
