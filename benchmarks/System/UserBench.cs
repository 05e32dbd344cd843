using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Gristmill.Benchmarks;

/// <summary>The user routes against a bare minimal-API application, and with a million users.</summary>
internal static class UserBench
{
    private const int BatchSize = 1000;
    private const int SeedBatch = 10_000;

    public static async Task RunAsync(Bench bench)
    {
        string data = Directory.CreateTempSubdirectory("gristmill-bench-").FullName;
        try
        {
            if (bench.Wants("users.get") || bench.Wants("users.create") || bench.Wants("users.batch"))
                await CompareAsync(bench, Path.Combine(data, "compare"));
            if (bench.Wants("users.million"))
                await MillionAsync(bench, Path.Combine(data, "million"));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task CompareAsync(Bench bench, string data)
    {
        using ServerProcess baseline = await ServerProcess.StartBaselineAsync();
        (ServerProcess silo, _) = await ServerProcess.StartSiloAsync(data);
        using ServerProcess ours = silo;
        int seconds = bench.Quick ? 3 : 8;
        int rounds = bench.Quick ? 3 : 5;

        if (bench.Wants("users.get"))
        {
            long first = await SeedAsync(ours, SeedBatch);
            for (int i = 0; i < SeedBatch; i++)
                (await baseline.Http.PostAsJsonAsync("/users", Input(i))).Dispose();
            Compare(bench, "users.get", 0.6, rounds, seconds, ours, Ids(first, first + SeedBatch - 1), baseline, Ids(1, SeedBatch));
        }

        if (bench.Wants("users.create"))
        {
            double[] rates = Compare(bench, "users.create", 0.2, rounds, seconds, ours, Wrk.CreateScript, baseline, Wrk.CreateScript);
            bench.Report("users.create, absolute", "users/s", rates, "≥ 12k", Bench.Median(rates) >= 12_000);
        }

        if (bench.Wants("users.batch"))
        {
            double[] rates = [.. Enumerable.Range(0, rounds).Select(_ => BatchSize * Wrk.RequestsPerSecond(ours.Address, Wrk.BatchScript, 8, seconds))];
            bench.Report($"users.batch of {BatchSize}", "users/s", rates, "≥ 60k", Bench.Median(rates) >= 60_000);
        }
    }

    private static double[] Compare(
        Bench bench, string name, double bar, int rounds, int seconds, ServerProcess ours, string ourScript, ServerProcess baseline, string baselineScript)
    {
        // Both reach their best code first.
        Wrk.RequestsPerSecond(baseline.Address, baselineScript, Wrk.Connections, seconds);
        Wrk.RequestsPerSecond(ours.Address, ourScript, Wrk.Connections, seconds);

        var mine = new double[rounds];
        var theirs = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            theirs[round] = Wrk.RequestsPerSecond(baseline.Address, baselineScript, Wrk.Connections, seconds);
            mine[round] = Wrk.RequestsPerSecond(ours.Address, ourScript, Wrk.Connections, seconds);
        }

        double[] ratios = [.. mine.Zip(theirs, (a, b) => a / b)];
        double ratio = Bench.Median(ratios);
        var limit = Bar.NotBelow(bar);
        bench.Add(new BenchmarkRow(
            name, "requests/s", Bench.Median(mine), "bare minimal API", Bench.Median(theirs), ratio, ratios.Min(), ratios.Max(),
            limit.ToString(), limit.IsHeld(ratio, ratios.Min(), ratios.Max())));
        return mine;
    }

    private static async Task MillionAsync(Bench bench, string data)
    {
        const int Users = 1_000_000;
        (ServerProcess seeded, _) = await ServerProcess.StartSiloAsync(data);
        using (seeded)
            await SeedAsync(seeded, Users);

        var starts = new List<double>();
        int rounds = bench.Quick ? 3 : 5;
        for (int round = 1; round < rounds; round++)
        {
            (ServerProcess tried, TimeSpan took) = await ServerProcess.StartSiloAsync(data);
            tried.Dispose();
            starts.Add(took.TotalSeconds);
        }

        (ServerProcess silo, TimeSpan ready) = await ServerProcess.StartSiloAsync(data);
        using ServerProcess server = silo;
        starts.Add(ready.TotalSeconds);
        bench.Report("users.million, start to ready", "s", starts, "≤ 10 s", Bench.Median([.. starts]) <= 10);

        int searches = bench.Quick ? 200 : 1000;
        await ReportSearchAsync(bench, server, "one match", searches, i => $"family{(i * 7919L % Users) + 1}@");
        await ReportSearchAsync(bench, server, "no match", searches, i => $"nobody{i}");
        await ReportSearchAsync(bench, server, "a full page", searches, i => $"GIVEN{i % 100}.");
    }

    private static async Task ReportSearchAsync(Bench bench, ServerProcess server, string what, int count, Func<int, string> text)
    {
        for (int i = 0; i < 20; i++)
            await server.Http.GetByteArrayAsync(new Uri($"/users/search?q={text(i)}", UriKind.Relative));

        var milliseconds = new double[count];
        for (int i = 0; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await server.Http.GetByteArrayAsync(new Uri($"/users/search?q={text(i)}", UriKind.Relative));
            milliseconds[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(milliseconds);
        double p99 = milliseconds[(int)(count * 0.99)];
        bench.Report(
            $"users.million, search with {what}, p99", "ms", [p99], "≤ 50 ms", p99 <= 50,
            string.Create(CultureInfo.InvariantCulture, $"median {milliseconds[count / 2]:0.0} ms"));
    }

    /// <summary>Creates users in batches and returns the first id; the others follow.</summary>
    private static async Task<long> SeedAsync(ServerProcess server, int users)
    {
        long first = 0;
        for (int done = 0; done < users; done += SeedBatch)
        {
            using HttpResponseMessage response = await server.Http.PostAsJsonAsync("/users/batch", Enumerable.Range(done, SeedBatch).Select(Input));
            response.EnsureSuccessStatusCode();
            JsonElement created = await response.Content.ReadFromJsonAsync<JsonElement>();
            if (first == 0)
                first = created.GetProperty("ids")[0].GetInt64();
        }

        return first;
    }

    private static object Input(int i) => new { name = $"Given{i % 1000} Family{i}", email = $"given{i % 1000}.family{i}@example.com" };

    private static string Ids(long first, long last) => Wrk.GetScript
        .Replace("FIRST", first.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("LAST", last.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
}
