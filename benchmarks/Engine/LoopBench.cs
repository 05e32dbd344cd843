using System.Diagnostics;
using System.Runtime.Intrinsics;

namespace Gristmill.Benchmarks;

/// <summary>E: a polynomial of degree 64 over 10 million floats. F: skewed work, all queued on one worker.</summary>
internal static class LoopBench
{
    private const int Length = 10_000_000;

    public static void RunLoop(Bench bench, Peer? tbb)
    {
        float[] input = [.. Enumerable.Range(0, Length).Select(i => i % 1000 / 1000f)];
        var output = new float[Length];
        var body = new Polynomial(input, output);
        int cores = Environment.ProcessorCount;
        using var one = new BenchPool(1);
        using var all = new BenchPool(cores);

        bench.Compare(
            $"E parallel-for, {cores} workers", "ms", () => Time(all) / 1e6,
            "oneTBB", tbb is null ? null : () => Theirs(cores), Bar.AtMost(1.1));
        // How many times faster, so the slower one is "ours".
        bench.Compare($"E speed-up from 1 to {cores} workers", "ms", () => Time(one) / 1e6, $"{cores} workers", () => Time(all) / 1e6, Bar.NotBelow(1.8));
        // What the machine gives just now: its cores may share a power budget, or be lent to others.
        if (tbb is not null)
            bench.Compare("E speed-up of oneTBB, for comparison", "ms", () => Theirs(1), $"{cores} threads", () => Theirs(cores), bar: null);

        double Theirs(int threads) => tbb!.Ask($"poly {Length} {threads}") / 1e6;

        double Time(BenchPool pool)
        {
            double time = 0;
            pool.Run(() => time = Bench.Time(() => ParallelLoop.For(0, Length, body)));
            return time;
        }
    }

    public static void RunSkew(Bench bench)
    {
        const int Items = 10_000;
        int workers = Environment.ProcessorCount;
        using var pool = new BenchPool(workers);
        double unit = 5_000;
        double[] costs = [.. Enumerable.Range(0, Items).Select(i => i % 100 == 37 ? unit * 100 : unit)];
        double ideal = costs.Sum() / workers;
        var shares = new List<double>();
        for (int round = 0; round < bench.Rounds; round++)
        {
            using var done = new CountdownEvent(Items);
            double time = Bench.Time(() =>
            {
                pool.Run(() =>
                {
                    foreach (double cost in costs)
                        pool.Pool.Submit(new Spin(cost, done));
                });
                done.Wait();
            });
            shares.Add(ideal / time);
        }

        bench.Report("F skew: share of the ideal makespan", "", shares, "≥ 0.9", Bench.Median([.. shares]) >= 0.9);
    }

    private readonly struct Polynomial(float[] input, float[] output) : IRangeBody
    {
        public void Run(int from, int to)
        {
            ReadOnlySpan<float> source = input.AsSpan(from, to - from);
            Span<float> target = output.AsSpan(from, to - from);
            int i = 0;
            Vector256<float> half = Vector256.Create(0.5f);
            for (; i <= source.Length - 16; i += 16)
            {
                // Two at a time hide the latency of the multiply-add.
                Vector256<float> x0 = Vector256.Create(source[i..]), y0 = Vector256<float>.One;
                Vector256<float> x1 = Vector256.Create(source[(i + 8)..]), y1 = Vector256<float>.One;
                for (int k = 0; k < 64; k++)
                {
                    y0 = Vector256.FusedMultiplyAdd(y0, x0, half);
                    y1 = Vector256.FusedMultiplyAdd(y1, x1, half);
                }

                y0.CopyTo(target[i..]);
                y1.CopyTo(target[(i + 8)..]);
            }

            for (; i < source.Length; i++)
            {
                float y = 1f;
                for (int k = 0; k < 64; k++)
                    y = MathF.FusedMultiplyAdd(y, source[i], 0.5f);
                target[i] = y;
            }
        }
    }

    private sealed class Spin(double nanoseconds, CountdownEvent done) : WorkItem
    {
        protected internal override void Execute()
        {
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start).TotalNanoseconds < nanoseconds)
            {
            }

            done.Signal();
        }
    }
}
