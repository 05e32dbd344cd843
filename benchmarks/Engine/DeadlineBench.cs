using System.Diagnostics;

namespace Gristmill.Benchmarks;

/// <summary>
/// G: a made-up arrival process at 80, 95 and 110 % load, three lanes, deadlines of very different slack; the same arrivals first without
/// and then with the deadlines told to the pool.
/// </summary>
internal static class DeadlineBench
{
    private const double MeanCostMs = 0.4;

    public static void Run(Bench bench)
    {
        foreach (double load in new[] { 0.8, 0.95, 1.1 })
        {
            Arrival[] arrivals = Plan(load, bench.Quick ? 2.0 : 6.0);
            Outcome fifo = Play(arrivals, useDeadlines: false);
            Outcome edf = Play(arrivals, useDeadlines: true);
            string note = $"FIFO misses {fifo.Misses:P1}, tardiness p99 {edf.TardinessMs:0.#} ms (FIFO {fifo.TardinessMs:0.#}), rank error mean {edf.RankError:0.0}";
            double ratio = fifo.Misses == 0 ? 0 : edf.Misses / fifo.Misses;
            bool? pass = load > 1 || fifo.Misses < 0.05 ? null : ratio <= 0.5;
            bench.Add(new BenchmarkRow(
                $"G deadlines, {load:P0} load", "missed", edf.Misses, "FIFO", fifo.Misses, ratio, ratio, ratio, load > 1 ? "stated" : "≤ 0.5x", pass, note));
        }
    }

    private static Arrival[] Plan(double load, double seconds)
    {
        var random = new Random(20_251_121);
        double perSecond = load * Environment.ProcessorCount / (MeanCostMs / 1000);
        var arrivals = new List<Arrival>();
        for (double at = 0; at < seconds;)
        {
            at += -Math.Log(1 - random.NextDouble()) / perSecond;
            double cost = MeanCostMs * (random.Next(10) == 0 ? 5.5 : 0.5);
            double slack = cost + (random.Next(2) == 0 ? 4 : 60) * (0.5 + random.NextDouble());
            arrivals.Add(new Arrival(at, cost, at * 1000 + slack, random.Next(3)));
        }

        return [.. arrivals];
    }

    private static Outcome Play(Arrival[] arrivals, bool useDeadlines)
    {
        using var pool = new BenchPool(Environment.ProcessorCount);
        using var done = new CountdownEvent(arrivals.Length);
        var starts = new long[arrivals.Length];
        var ends = new double[arrivals.Length];
        long order = 0;
        long begin = Stopwatch.GetTimestamp();
        for (int i = 0; i < arrivals.Length; i++)
        {
            Arrival arrival = arrivals[i];
            while (Stopwatch.GetElapsedTime(begin).TotalSeconds is var now && now < arrival.At)
            {
                // The generator sleeps when it can: it has no core of its own.
                if (arrival.At - now > 0.002)
                    Thread.Sleep(1);
                else
                    Thread.Yield();
            }

            int index = i;
            long deadline = begin + (long)(arrival.DeadlineMs / 1000 * Stopwatch.Frequency);
            pool.Pool.Submit(new Job(arrival.CostMs, () => starts[index] = Interlocked.Increment(ref order), () =>
            {
                ends[index] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
                done.Signal();
            })
            {
                Lane = arrival.Lane,
                Deadline = useDeadlines ? deadline : WorkItem.NoDeadline,
            });
        }

        done.Wait();
        double[] tardiness = [.. arrivals.Select((arrival, i) => Math.Max(0, ends[i] - arrival.DeadlineMs)).Order()];
        return new Outcome(
            (double)tardiness.Count(late => late > 0) / arrivals.Length, tardiness[(int)(0.99 * (tardiness.Length - 1))], RankError(arrivals, starts));
    }

    // How many items with an earlier deadline, in the same lane, had arrived before and were started after.
    private static double RankError(Arrival[] arrivals, long[] starts)
    {
        long errors = 0;
        const int Window = 400;
        for (int i = 0; i < arrivals.Length; i++)
        {
            for (int j = Math.Max(0, i - Window); j < i; j++)
            {
                if (arrivals[j].Lane == arrivals[i].Lane && arrivals[j].DeadlineMs < arrivals[i].DeadlineMs && starts[j] > starts[i])
                    errors++;
            }
        }

        return (double)errors / arrivals.Length;
    }

    private sealed record Arrival(double At, double CostMs, double DeadlineMs, int Lane);

    private sealed record Outcome(double Misses, double TardinessMs, double RankError);

    private sealed class Job(double costMs, Action started, Action ended) : WorkItem
    {
        protected internal override void Execute()
        {
            started();
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < costMs)
            {
            }

            ended();
        }
    }
}
