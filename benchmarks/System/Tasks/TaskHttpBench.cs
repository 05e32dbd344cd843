using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Gristmill.Benchmarks;

/// <summary>The task routes: how many tasks are accepted, and how soon a result is back. With <c>--url</c> against a server that runs already.</summary>
internal static class TaskHttpBench
{
    private const int BatchSize = 1_000;
    private const int BatchConnections = 8;
    private const int Offered = 200;

    // On 2 cores the compiler takes this long for its last tier, while it competes with the requests.
    private const int WarmUpSeconds = 10;

    private const string SingleScript = """
        wrk.method = "POST"
        wrk.headers["Content-Type"] = "application/json"
        wrk.body = '{"kind":"math.add","input":{"operands":[1,2]}}'
        """;

    private const string BatchScript = """
        wrk.method = "POST"
        wrk.headers["Content-Type"] = "application/json"
        local tasks = {}
        for i = 1, 1000 do tasks[i] = '{"kind":"math.add","input":{"operands":[1,' .. i .. ']}}' end
        wrk.body = "[" .. table.concat(tasks, ",") .. "]"
        """;

    /// <param name="bench">Gets the rows.</param>
    /// <param name="url">A server that runs already; null starts one.</param>
    public static async Task RunAsync(Bench bench, Uri? url)
    {
        if (url is not null)
        {
            using var http = new HttpClient { BaseAddress = url };
            await SubmitAsync(bench, http, "", hasBars: true);
            await LatencyAsync(bench, http, "math.add", """{"operands":[1,2]}""");
            return;
        }

        if (bench.Wants("tasks.http-batch") || bench.Wants("tasks.http-single"))
        {
            await WithSiloAsync(silo => SubmitAsync(bench, silo.Http, ", tasks wait", hasBars: true), "--Tasks:Execute=false", "--Tasks:MaxLiveTasks=10000000");
            await WithSiloAsync(silo => SubmitAsync(bench, silo.Http, ", tasks run beside", hasBars: false), "--Tasks:MaxLiveTasks=10000000");
        }

        if (bench.Wants("tasks.latency"))
        {
            await WithSiloAsync(async silo =>
            {
                await LatencyAsync(bench, silo.Http, "bench.stamp", "{}");
                await ReportHttpAsync(bench, silo.Http);
            });
            await ReportDiskAsync(bench);
        }
    }

    /// <summary>The same client and server at the same rate, without a task.</summary>
    private static async Task ReportHttpAsync(Bench bench, HttpClient http)
    {
        var taken = new List<double>();
        await OpenLoop.RunAsync(Offered, Offered * Seconds(bench), async due =>
        {
            await http.GetStringAsync(new Uri("/health/live", UriKind.Relative));
            long now = Stopwatch.GetTimestamp();
            lock (taken)
                taken.Add(Stopwatch.GetElapsedTime(due, now).TotalMilliseconds);
        });
        bench.Report(
            "tasks.latency, HTTP by itself: GET /health/live, p50", "ms", [Percentile(taken, 50)], "", null,
            string.Create(CultureInfo.InvariantCulture, $"p99 {Percentile(taken, 99):0.00} ms"));
    }

    /// <summary>The same disk without us, at the rate at which the row before it commits.</summary>
    private static async Task ReportDiskAsync(Bench bench)
    {
        List<double> taken = await SyncedWrites.MeasureAsync(2 * Offered, 2 * Offered * Seconds(bench));
        bench.Report(
            "tasks.latency, the disk by itself: 20 KiB written over and synced, p50", "ms", [Percentile(taken, 50)], "", null,
            string.Create(CultureInfo.InvariantCulture, $"p99 {Percentile(taken, 99):0.00} ms, longest {taken.Max():0.0} ms, {Share(taken, 10):0.00} % over 10 ms"));
    }

    private static async Task WithSiloAsync(Func<SiloProcess, Task> measure, params string[] arguments)
    {
        string data = Directory.CreateTempSubdirectory("gristmill-bench-").FullName;
        try
        {
            await using SiloProcess silo = await SiloProcess.StartAsync(data, Crash.TestKinds.AddTo, arguments);
            await measure(silo);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task SubmitAsync(Bench bench, HttpClient http, string variant, bool hasBars)
    {
        Uri server = http.BaseAddress!;
        if (bench.Wants("tasks.http-single"))
            await ReportAsync($"tasks.http-single, {Wrk.Connections} connections{variant}", new Uri(server, "/tasks"), SingleScript, Wrk.Connections, 1, 12_000);
        if (bench.Wants("tasks.http-batch"))
            await ReportAsync($"tasks.http-batch of {BatchSize}{variant}", new Uri(server, "/tasks/batch"), BatchScript, BatchConnections, BatchSize, 30_000);

        async Task ReportAsync(string name, Uri target, string script, int connections, int perRequest, double bar)
        {
            int seconds = bench.Quick ? 2 : 4;
            Wrk.RequestsPerSecond(target, script, connections, WarmUpSeconds);
            Commits before = await CommitsAsync(http);
            double[] rates = [.. Enumerable.Range(0, bench.Quick ? 3 : 5).Select(_ => perRequest * Wrk.RequestsPerSecond(target, script, connections, seconds))];
            Commits during = await CommitsAsync(http) - before;
            bench.Report(
                name, "tasks/s", rates, hasBars ? $"≥ {bar / 1000:0}k" : "", hasBars ? Bench.Median(rates) >= bar : null,
                string.Create(CultureInfo.InvariantCulture, $"a commit took {1000 * during.Seconds / during.Count:0.0} ms"));
        }
    }

    /// <summary>Commits until now, the time that they took, how many took at most 10 ms, and for how long checkpoints kept them waiting.</summary>
    private static async Task<Commits> CommitsAsync(HttpClient http)
    {
        string[] lines = (await http.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Split('\n');
        return new Commits(
            Sum("gristmill_storage_commit_duration_seconds_count"), Sum("gristmill_storage_commit_duration_seconds_sum"),
            Sum("gristmill_storage_commit_duration_seconds_bucket{le=\"0.01\""), Sum("gristmill_storage_checkpoint_hold_seconds_count"),
            Sum("gristmill_storage_checkpoint_hold_seconds_sum"));

        double Sum(string name) => lines.Where(line => line.StartsWith(name, StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture));
    }

    private static async Task LatencyAsync(Bench bench, HttpClient http, string kind, string input)
    {
        if (!bench.Wants("tasks.latency"))
            return;
        var total = new List<double>();
        var toHandler = new List<double>();
        var fromHandler = new List<double>();
        int count = Offered * Seconds(bench);
        await OpenLoop.RunAsync(Offered, count, _ => RunOneAsync(http, kind, input));
        Commits before = await CommitsAsync(http);
        await OpenLoop.RunAsync(Offered, count, async due =>
        {
            JsonElement task = await RunOneAsync(http, kind, input);
            long now = Stopwatch.GetTimestamp();
            long? began = kind == "bench.stamp" ? task.GetProperty("result").GetProperty("result").GetInt64() : null;
            lock (total)
            {
                total.Add(Stopwatch.GetElapsedTime(due, now).TotalMilliseconds);
                if (began is not { } at)
                    return;
                toHandler.Add(Stopwatch.GetElapsedTime(due, at).TotalMilliseconds);
                fromHandler.Add(Stopwatch.GetElapsedTime(at, now).TotalMilliseconds);
            }
        });

        string? split = toHandler.Count == 0 ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"until the handler begins {Percentile(toHandler, 50):0.00} ms, from there to the answer {Percentile(fromHandler, 50):0.00} ms");
        double p50 = Percentile(total, 50);
        double p99 = Percentile(total, 99);
        bench.Report($"tasks.latency, submit to result at {Offered}/s, p50", "ms", [p50], "≤ 1.5 ms", p50 <= 1.5, split);
        Commits during = await CommitsAsync(http) - before;
        bench.Report(
            $"tasks.latency, submit to result at {Offered}/s, p99", "ms", [p99], "≤ 10 ms", p99 <= 10,
            string.Create(
                CultureInfo.InvariantCulture,
                $"a commit took {1000 * during.Seconds / during.Count:0.00} ms, {100 * (1 - (during.Within10Ms / during.Count)):0.00} % over 10 ms; {during.Holds} checkpoints kept them waiting for {1000 * during.HoldSeconds:0.0} ms in all"));
    }

    private static async Task<JsonElement> RunOneAsync(HttpClient http, string kind, string input)
    {
        using var body = new StringContent($$"""{"kind":"{{kind}}","input":{{input}}}""", null, "application/json");
        using HttpResponseMessage response = await http.PostAsync(new Uri("/tasks?wait=30s", UriKind.Relative), body);
        if (response.StatusCode != HttpStatusCode.OK)
            throw new InvalidOperationException($"A task was answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static int Seconds(Bench bench) => bench.Quick ? 10 : 30;

    private static double Share(List<double> values, double above) => 100.0 * values.Count(value => value > above) / values.Count;

    private static double Percentile(List<double> values, int percent)
    {
        values.Sort();
        return values[Math.Min(values.Count - 1, values.Count * percent / 100)];
    }

    private readonly record struct Commits(double Count, double Seconds, double Within10Ms, double Holds, double HoldSeconds)
    {
        public static Commits operator -(Commits after, Commits before) => new(
            after.Count - before.Count, after.Seconds - before.Seconds, after.Within10Ms - before.Within10Ms, after.Holds - before.Holds,
            after.HoldSeconds - before.HoldSeconds);
    }
}
