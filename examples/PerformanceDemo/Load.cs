using System.Diagnostics;

namespace Gristmill.Examples.PerformanceDemo;

/// <summary>What was measured so far with one number of workers.</summary>
/// <param name="Workers">Worker threads.</param>
/// <param name="Tasks">Tasks that have ended.</param>
/// <param name="PerSecond">Tasks per second.</param>
/// <param name="Median">From the call to the result, for half of the tasks.</param>
/// <param name="P99">The same for 99 of 100.</param>
/// <param name="Stolen">Work items that a worker took from another.</param>
internal sealed record Figures(int Workers, long Tasks, double PerSecond, TimeSpan Median, TimeSpan P99, long Stolen);

/// <summary>Callers that each run one task after the other, four per worker, so that workers always find work and no queue grows.</summary>
internal static class Load
{
    private const int CallersPerWorker = 4;
    private static readonly TimeSpan s_refresh = TimeSpan.FromMilliseconds(200);

    // About a twentieth of a millisecond of computing.
    private static readonly TaskRequest<string> s_task = StringTask.Hash(new string('g', 32 * 1024), HashAlgorithm.Sha256);

    /// <summary>1, 2, 4 … and the number of processors.</summary>
    public static IEnumerable<int> WorkerCounts(int processors)
    {
        for (int workers = 1; workers < processors; workers *= 2)
            yield return workers;
        yield return processors;
    }

    /// <param name="workers">Worker threads.</param>
    /// <param name="time">How long to run.</param>
    /// <param name="show">Called a few times a second with what is known so far.</param>
    public static async Task<Figures> RunAsync(int workers, TimeSpan time, Action<Figures> show)
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(workers).QueueCapacity(10_000));
        // The first runs are slow: code is compiled, pools are filled.
        for (int i = 0; i < 200; i++)
            await engine.RunAsync(s_task);

        long before = engine.Snapshot().Totals.Stolen;
        long start = Stopwatch.GetTimestamp();
        using var end = new CancellationTokenSource(time);
        Caller[] callers = [.. Enumerable.Range(0, workers * CallersPerWorker).Select(_ => new Caller(engine))];
        Task all = Task.WhenAll(callers.Select(caller => caller.RunAsync(end.Token)));
        while (await Task.WhenAny(all, Task.Delay(s_refresh, CancellationToken.None)) != all)
            show(Measure());
        await all;
        return Measure();

        Figures Measure()
        {
            long[] latencies = [.. callers.SelectMany(caller => caller.Latencies()).Order()];
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            return new Figures(
                workers, latencies.Length, latencies.Length / seconds, Quantile(latencies, 0.5), Quantile(latencies, 0.99), engine.Snapshot().Totals.Stolen - before);
        }
    }

    private static TimeSpan Quantile(long[] sorted, double share) =>
        sorted.Length == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(0, sorted[(int)((sorted.Length - 1) * share)]);

    private sealed class Caller(TaskEngine engine)
    {
        private readonly Lock _lock = new();
        private readonly List<long> _latencies = [];

        public long[] Latencies()
        {
            lock (_lock)
                return [.. _latencies];
        }

        public async Task RunAsync(CancellationToken end)
        {
            while (!end.IsCancellationRequested)
            {
                long start = Stopwatch.GetTimestamp();
                await engine.RunAsync(s_task, CancellationToken.None);
                long took = Stopwatch.GetTimestamp() - start;
                lock (_lock)
                    _latencies.Add(took);
            }
        }
    }
}
