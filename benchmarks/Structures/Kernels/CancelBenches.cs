using System.Diagnostics;

namespace Gristmill.Benchmarks.Kernels;

/// <summary>
/// K5: how long a cancelled kernel goes on. On one thread that is the longest time between two of its questions, in processor time; on all
/// workers the time from the cancellation, at some moment, to the return.
/// </summary>
internal static class CancelBenches
{
    private const double BarMs = 10;

    public static void Run(Bench bench)
    {
        if (!bench.Wants("K5"))
            return;
        const int N = 1024;
        int count = bench.Quick ? 2_000_000 : 10_000_000;
        string size = bench.Quick ? "2M" : "10M";
        long[] longs = KernelBenches.Longs(count), spare = new long[count];
        double[] doubles = KernelBenches.Doubles(count), spareDoubles = new double[count];
        double[] a = KernelBenches.Doubles(N * N), c = new double[N * N];
        var deep = new MandelbrotGrid(-0.1, 0, 1e-6, 200, 20, MandelbrotGrid.MaxMaxIterations);
        uint[] counts = new uint[4000];

        OneThread(bench, $"sort i64 {size}", progress => Gristmill.Kernels.Sort(Fresh(longs, spare, progress), progress));
        OneThread(bench, $"sort f64 {size}", progress => Gristmill.Kernels.Sort(Fresh(doubles, spareDoubles, progress), progress));
        OneThread(bench, $"matrix {N}", progress => Gristmill.Kernels.Multiply(a, a, c, N, N, N, progress));
        OneThread(bench, "primes to 1e9", progress => Gristmill.Kernels.CountPrimes(0, 1_000_000_000, progress));
        OneThread(bench, "primes at 1e15", progress => Gristmill.Kernels.CountPrimes(999_999_000_000_000, 1_000_000_000_000_000, progress));
        OneThread(bench, "mandelbrot", progress => Gristmill.Kernels.Mandelbrot(deep, 0, counts, progress));

        TaskEngine engine = TaskEngine.Create(e => e.Workers(Environment.ProcessorCount));
        try
        {
            AllWorkers(bench, engine, $"sort i64 {size}", token => ParallelKernels.Sort(Fresh(longs, spare), cancellationToken: token));
            AllWorkers(bench, engine, $"sort f64 {size}", token => ParallelKernels.Sort(Fresh(doubles, spareDoubles), cancellationToken: token));
            AllWorkers(bench, engine, $"matrix {N}", token => ParallelKernels.Multiply(a, a, c, N, N, N, cancellationToken: token));
            AllWorkers(bench, engine, "primes at 1e15", token => ParallelKernels.CountPrimes(0, 1_000_000_000_000_000, cancellationToken: token));
            AllWorkers(bench, engine, "mandelbrot", token => ParallelKernels.Mandelbrot(deep, counts, cancellationToken: token));
        }
        finally
        {
            engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static void OneThread(Bench bench, string name, Action<IProgress<double>> kernel)
    {
        // Compiling the progress handler is not the kernel's time.
        kernel(new Silence());
        double[] rounds = new double[bench.Quick ? 3 : 5];
        foreach (ref double longest in rounds.AsSpan())
        {
            var silence = new Silence();
            kernel(silence);
            silence.Report(1);
            longest = silence.LongestMs;
        }

        bench.Report($"K5 cancel {name}, one thread", "ms", rounds, "≤ 10 ms", rounds.Max() <= BarMs, "longest time without asking");
    }

    private static void AllWorkers(Bench bench, TaskEngine engine, string name, Action<CancellationToken> kernel)
    {
        var rounds = new List<double>();
        var random = new Random(1);
        // A round that ended before it was cancelled says nothing and does not count.
        for (int round = 0; round < 4 * bench.Rounds && rounds.Count < bench.Rounds; round++)
        {
            using var source = new CancellationTokenSource();
            long cancelledAt = 0;
            Task<long> run = Task.Factory.StartNew(
                () =>
                {
                    source.CancelAfter(random.Next(2, 30));
                    source.Token.Register(() => cancelledAt = Stopwatch.GetTimestamp());
                    try
                    {
                        kernel(source.Token);
                    }
                    catch (OperationCanceledException)
                    {
                    }

                    return Stopwatch.GetTimestamp();
                },
                CancellationToken.None,
                TaskCreationOptions.None,
                engine.Scheduler);
            long endedAt = run.GetAwaiter().GetResult();
            if (cancelledAt != 0 && endedAt >= cancelledAt)
                rounds.Add(Stopwatch.GetElapsedTime(cancelledAt, endedAt).TotalMilliseconds);
        }

        if (rounds.Count == 0)
            throw new InvalidOperationException($"{name} always ended before it was cancelled: it is too short to measure.");
        bench.Report(
            $"K5 cancel {name}, all workers", "ms", rounds, "median ≤ 10 ms", Bench.Median([.. rounds]) <= BarMs,
            $"{rounds.Count} rounds; from the cancellation to the return");
    }

    private static T[] Fresh<T>(T[] data, T[] copy, IProgress<double>? progress = null)
    {
        data.CopyTo(copy, 0);
        (progress as Silence)?.Begin();
        return copy;
    }

    private sealed class Silence : IProgress<double>
    {
        private long _last = ThreadTime.Now();

        public double LongestMs { get; private set; }

        /// <summary>What came before does not count.</summary>
        public void Begin() => _last = ThreadTime.Now();

        public void Report(double value)
        {
            long now = ThreadTime.Now();
            LongestMs = Math.Max(LongestMs, (now - _last) / 1e6);
            _last = now;
        }
    }
}
