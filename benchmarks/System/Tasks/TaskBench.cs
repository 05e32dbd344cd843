using System.Diagnostics;
using System.Globalization;
using Gristmill.Grains.Queues;

namespace Gristmill.Benchmarks;

/// <summary>Durable tasks without HTTP: accepting, burning down, waiting.</summary>
internal static class TaskBench
{
    private const int Burst = 100_000;
    private const int BatchSize = 1_000;
    private const int Limited = 20_000;
    private const int Million = 1_000_000;

    public static async Task RunAsync(Bench bench)
    {
        string data = Directory.CreateTempSubdirectory("gristmill-bench-").FullName;
        try
        {
            if (bench.Wants("tasks.submit") || bench.Wants("tasks.burn-down"))
                await BurnDownAsync(bench, data);
            if (bench.Wants("tasks.limits"))
                await LimitsAsync(bench, data);
            if (bench.Wants("tasks.million"))
                await MillionAsync(bench, Path.Combine(data, "million"));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>Tasks are accepted by a silo that does not run them, and run by the next one.</summary>
    private static async Task BurnDownAsync(Bench bench, string data)
    {
        var submits = new List<Stage>();
        var burns = new List<Stage>();
        int rounds = bench.Quick ? 3 : 7;
        // The first round warms up.
        for (int round = 0; round <= rounds; round++)
        {
            string folder = Path.Combine(data, $"burn{round}");
            await using (InProcessSilo accepting = await InProcessSilo.StartAsync(folder, execute: false))
            {
                await accepting.OpenAsync();
                submits.Add(await Stage.MeasureAsync(accepting, () => accepting.SubmitAsync(Burst, BatchSize)));
            }

            burns.Add(await BurnAsync(folder, Burst));
            Directory.Delete(folder, recursive: true);
        }

        Report(bench, $"tasks.submit, batches of {BatchSize} in process", submits, 60_000);
        Report(bench, $"tasks.burn-down of {Burst}", burns, 40_000);
    }

    private static async Task<Stage> BurnAsync(string folder, int tasks)
    {
        await using InProcessSilo running = await InProcessSilo.StartAsync(folder, execute: true);
        Stage stage = await Stage.MeasureAsync(running, () => running.UntilFinishedAsync(tasks, TimeSpan.FromMinutes(3)));
        // From the first start of a task: what came before is the restart, which has a row of its own.
        return stage with { Elapsed = Stopwatch.GetElapsedTime(running.FirstGrantAt, running.LastEndAt) };
    }

    /// <summary>What limits cost: the same tasks of a queue with limits that hold none of them up for long, and of one without.</summary>
    private static async Task LimitsAsync(Bench bench, string data)
    {
        (string Name, int Keys, QueueLimits Limits)[] rows =
        [
            ("64 at once of all", 0, new QueueLimits(MaxConcurrency: 64)),
            ("of 2,000 keys, one at once of each", 2_000, new QueueLimits(MaxConcurrencyPerKey: 1)),
            ("of 20,000 keys, one at once of each", 20_000, new QueueLimits(MaxConcurrencyPerKey: 1)),
        ];
        foreach ((string name, int keys, QueueLimits limits) in rows)
        {
            var limited = new List<double>();
            var free = new List<double>();
            // The first round warms up.
            for (int round = 0; round <= (bench.Quick ? 3 : 5); round++)
            {
                free.Add(await RateAsync(Path.Combine(data, "free"), keys, null));
                limited.Add(await RateAsync(Path.Combine(data, "limited"), keys, limits));
            }

            double[] ratios = [.. limited.Zip(free, (with, without) => with / without).Skip(1)];
            bench.Add(new BenchmarkRow(
                $"tasks.limits, burn-down of {Limited}, {name}", "tasks/s", Bench.Median([.. limited.Skip(1)]), "without limits", Bench.Median([.. free.Skip(1)]),
                Bench.Median(ratios), ratios.Min(), ratios.Max(), "", null, null));
        }
    }

    private static async Task<double> RateAsync(string folder, int keys, QueueLimits? limits)
    {
        await using (InProcessSilo accepting = await InProcessSilo.StartAsync(folder, execute: false))
        {
            await accepting.SubmitAsync(Limited, BatchSize, "limited", keys);
            if (limits is not null)
                await accepting.Grains.GetGrain<IQueueGrain>("limited").PutAsync(limits);
        }

        Stage burn = await BurnAsync(folder, Limited);
        Directory.Delete(folder, recursive: true);
        return Limited / burn.Elapsed.TotalSeconds;
    }

    private static void Report(Bench bench, string name, List<Stage> stages, double bar)
    {
        Stage[] counted = [.. stages.Skip(1)];
        double[] rates = [.. counted.Select(stage => Burst / stage.Elapsed.TotalSeconds)];
        bench.Report(name, "tasks/s", rates, $"≥ {bar / 1000:0}k", Bench.Median(rates) >= bar, Split(counted));
    }

    private static string Split(Stage[] stages)
    {
        return string.Create(
            CultureInfo.InvariantCulture,
            $"per task {Median(s => s.Cpu.TotalMicroseconds):0.0} µs of processor, {Median(s => s.CommitSeconds * 1e6):0.0} µs in commits; {1 / Median(s => s.Commits):0} tasks per commit");

        double Median(Func<Stage, double> value) => Bench.Median([.. stages.Select(stage => value(stage) / Burst)]);
    }

    /// <summary>A million waiting tasks: what they take in memory, and how long a restart takes until the first of them runs.</summary>
    private static async Task MillionAsync(Bench bench, string data)
    {
        await using (InProcessSilo accepting = await InProcessSilo.StartAsync(data, execute: false))
        {
            await accepting.OpenAsync();
            long before = GC.GetTotalMemory(forceFullCollection: true);
            long start = Stopwatch.GetTimestamp();
            await accepting.SubmitAsync(Million, BatchSize);
            double rate = Million / Stopwatch.GetElapsedTime(start).TotalSeconds;
            double bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Million;
            bench.Report("tasks.million, memory of each as accepted", "bytes", [bytes], "≤ 1,024", bytes <= 1024, $"accepted at {rate:#,0} tasks/s");
        }

        await using (InProcessSilo opening = await InProcessSilo.StartAsync(data, execute: false))
        {
            long before = GC.GetTotalMemory(forceFullCollection: true);
            await opening.OpenAsync();
            double bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Million;
            bench.Report("tasks.million, memory of each as read back", "bytes", [bytes], "≤ 1,024", bytes <= 1024);
        }

        await ReportRestartAsync(bench, data);
    }

    private static async Task ReportRestartAsync(Bench bench, string data)
    {
        var seconds = new List<double>();
        var ready = new List<double>();
        for (int round = 0; round < (bench.Quick ? 2 : 5); round++)
        {
            await using SiloProcess silo = await SiloProcess.StartAsync(data, Crash.TestKinds.AddTo);
            ready.Add(silo.Ready.TotalSeconds);
            seconds.Add((await UntilFirstGrantAsync(silo)).TotalSeconds);
        }

        bench.Report(
            "tasks.million, start of the process to the first task's", "s", seconds, "≤ 10 s", Bench.Median([.. seconds]) <= 10,
            string.Create(CultureInfo.InvariantCulture, $"ready after {Bench.Median([.. ready]):0.0} s"));
    }

    private static async Task<TimeSpan> UntilFirstGrantAsync(SiloProcess silo)
    {
        while (true)
        {
            string metrics = await silo.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
            TimeSpan elapsed = Stopwatch.GetElapsedTime(silo.StartedAt);
            if (metrics.Split('\n').Any(line => line.StartsWith("gristmill_tasks_granted", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal)))
                return elapsed;
            if (elapsed > TimeSpan.FromMinutes(3))
                throw new TimeoutException("No task was granted within 3 minutes of the start.");
        }
    }

    /// <summary>What a stretch of work took.</summary>
    private sealed record Stage(TimeSpan Elapsed, TimeSpan Cpu, double CommitSeconds, long Commits)
    {
        public static async Task<Stage> MeasureAsync(InProcessSilo silo, Func<Task> work)
        {
            (long commits, double seconds) = silo.Commits;
            TimeSpan cpu = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            await work();
            return new Stage(
                Stopwatch.GetElapsedTime(start), Environment.CpuUsage.TotalTime - cpu, silo.Commits.Seconds - seconds, silo.Commits.Count - commits);
        }
    }
}
