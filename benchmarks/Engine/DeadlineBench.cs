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
            string name = $"G{load * 100:0} deadlines, {load * 100:0} % load";
            if (!bench.Wants(name))
                continue;
            Arrival[] arrivals = Plan(load, bench.Quick ? 0.4 : 2.0);
            var fifo = new List<Outcome>();
            var edf = new List<Outcome>();
            for (int round = 0; round < (bench.Quick ? 3 : 7); round++)
            {
                fifo.Add(Play(arrivals, useDeadlines: false));
                edf.Add(Play(arrivals, useDeadlines: true));
            }

            double missed = Median(fifo, outcome => outcome.Misses);
            double[] ratios = [.. fifo.Zip(edf, static (first, second) => first.Misses == 0 ? 1 : second.Misses / first.Misses)];
            double ratio = Bench.Median(ratios);
            string note = $"tardiness p99 {Median(edf, o => o.TardinessMs):0.#} ms (FIFO {Median(fifo, o => o.TardinessMs):0.#}), rank error {Median(edf, o => o.RankError):0.00} (FIFO {Median(fifo, o => o.RankError):0.00}); late when they came {Median(edf, o => o.LateOnArrival):0.000} (FIFO {Median(fifo, o => o.LateOnArrival):0.000}); {Simulate(arrivals)}";
            bench.Add(new BenchmarkRow(
                name,
                "missed",
                Median(edf, outcome => outcome.Misses),
                "FIFO",
                missed,
                ratio,
                ratios.Min(),
                ratios.Max(),
                load > 1 ? "stated" : "≤ 0.5x",
                load > 1 || missed < 0.05 ? null : ratio <= 0.5,
                missed < 0.05 ? note + "; too few misses to compare" : note));
        }
    }

    // What each order of service gives on ideal workers, the pool's rule among them: deadlines that are near first, then lanes, then deadlines.
    private static string Simulate(Arrival[] arrivals)
    {
        DeadlineSimulation.Item[] items = [.. arrivals.Select(a => new DeadlineSimulation.Item(a.At * 1000, a.CostMs, a.DeadlineMs, a.Lane))];
        double Misses(Func<DeadlineSimulation.Item, double, (double, double)> rank) => DeadlineSimulation.Misses(items, Environment.ProcessorCount, rank);
        double fifo = Misses(static (item, _) => (item.Lane, 0));
        double strict = Misses(static (item, _) => (item.Lane, item.Deadline));
        double near = Misses(static (item, now) => (item.Deadline < now + 10 ? item.Lane : item.Lane + 1000, item.Deadline));
        double noLanes = Misses(static (item, _) => (0, item.Deadline));
        return $"simulated: FIFO {fifo:0.000}, strict lanes {strict:0.000}, this rule {near:0.000}, no lanes {noLanes:0.000}";
    }

    private static double Median(List<Outcome> outcomes, Func<Outcome, double> value) => Bench.Median([.. outcomes.Select(value)]);

    private static Arrival[] Plan(double load, double seconds)
    {
        var random = new Random(20_251_121);
        double perSecond = load * Environment.ProcessorCount / (MeanCostMs / 1000);
        var arrivals = new List<Arrival>();
        for (double at = 0; at < seconds;)
        {
            at += -Math.Log(1 - random.NextDouble()) / perSecond;
            double cost = MeanCostMs * (random.Next(10) == 0 ? 5.5 : 0.5);
            double slack = cost + (random.Next(2) == 0 ? 3 : 60) * (0.5 + random.NextDouble());
            arrivals.Add(new Arrival(at, cost, at * 1000 + slack, random.Next(3)));
        }

        return [.. arrivals];
    }

    private static Outcome Play(Arrival[] arrivals, bool useDeadlines)
    {
        using var pool = new BenchPool(Environment.ProcessorCount);
        pool.PinWorkers();
        using var done = new CountdownEvent(arrivals.Length);
        var starts = new long[arrivals.Length];
        var ends = new double[arrivals.Length];
        int lateOnArrival = 0;
        long order = 0;
        long begin = Stopwatch.GetTimestamp();
        for (int i = 0; i < arrivals.Length; i++)
        {
            Arrival arrival = arrivals[i];
            // Arrivals come in clusters of about a millisecond: a generator that met each moment would take the workers' cores.
            while (Stopwatch.GetElapsedTime(begin).TotalSeconds < arrival.At)
                Thread.Sleep(1);

            int index = i;
            lateOnArrival += Stopwatch.GetElapsedTime(begin).TotalMilliseconds + arrival.CostMs > arrival.DeadlineMs ? 1 : 0;
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
            (double)tardiness.Count(late => late > 0) / arrivals.Length, tardiness[(int)(0.99 * (tardiness.Length - 1))], RankError(arrivals, starts), (double)lateOnArrival / arrivals.Length);
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

    private sealed record Outcome(double Misses, double TardinessMs, double RankError, double LateOnArrival);

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
