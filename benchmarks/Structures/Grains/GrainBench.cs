using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gristmill.Benchmarks.Grains;

/// <summary>
/// What grain calls cost in one process, what an idle activation costs, and how long a call waits beside turns that block. The same source
/// runs on either grain engine, one per build: run on Microsoft Orleans it gives the figures that the bars are taken from.
/// </summary>
internal static class GrainBench
{
    private const int InFlight = 100;
    private const int IdleGrains = 100_000;

    // Of the range that is documented for Orleans' own calls in one process, the better end: 2 to 3 µs of processor time, 0.3M to 0.7M calls/s.
    private static readonly Limits s_bars = new(CallsPerSecond: 0.7e6, Micros: 2, Bytes: 300);

    private static readonly bool s_hasBars = typeof(Grain).Assembly.GetName().Name!.StartsWith("Gristmill", StringComparison.Ordinal);

    public static async Task RunAsync(Bench bench)
    {
        bench.PrintHeader($"Grain calls on {typeof(Grain).Assembly.GetName().Name}");
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo.UseLocalhostClustering());
        using IHost host = builder.Build();
        await host.StartAsync();
        IGrainFactory grains = host.Services.GetRequiredService<IGrainFactory>();

        IPingGrain one = grains.GetGrain<IPingGrain>(0);
        IPingGrain[] many = [.. Enumerable.Range(1, InFlight).Select(i => grains.GetGrain<IPingGrain>(i))];
        await CallsAsync(bench, "one at a time", 1, _ => one.Add(1, 2), s_bars with { CallsPerSecond = null });
        await CallsAsync(bench, "100 in flight to 100 grains", InFlight, i => many[i].Add(1, 2), s_bars);
        await CallsAsync(bench, "100 in flight to one grain", InFlight, _ => one.Add(1, 2), s_bars);
        await CallsAsync(bench, "with a token", InFlight, i => many[i].AddCancellable(1, 2, CancellationToken.None), s_bars);

        await CallsAsync(bench, "from grain to grain", InFlight, i => many[i].CallOther(1_000 + i, 1_000), s_bars, callsEach: 1_000);

        // This counts the called grain's own async method too.
        await CallsAsync(bench, "to an async method that yields", InFlight, i => many[i].AddAfterYield(1, 2), null);

        await IdleAsync(bench, grains);
        await BlockedAsync(bench, grains);
        await host.StopAsync();
    }

    private static async Task CallsAsync(Bench bench, string name, int inFlight, Func<int, Task<int>> call, Limits? bars, int callsEach = 1)
    {
        if (!bench.Wants($"grain call, {name}"))
            return;

        TimeSpan round = TimeSpan.FromSeconds(bench.Quick ? 0.3 : 1);
        await CallAsync(inFlight, call, TimeSpan.FromSeconds(bench.Quick ? 1 : 2));
        double[] rates = new double[bench.Rounds];
        double[] micros = new double[bench.Rounds];
        double[] bytes = new double[bench.Rounds];
        for (int i = 0; i < bench.Rounds; i++)
        {
            using Process process = Process.GetCurrentProcess();
            long bytesBefore = GC.GetTotalAllocatedBytes(precise: true);
            TimeSpan cpuBefore = process.TotalProcessorTime;
            long start = Stopwatch.GetTimestamp();
            double calls = callsEach * await CallAsync(inFlight, call, round);
            rates[i] = calls / Stopwatch.GetElapsedTime(start).TotalSeconds;
            process.Refresh();
            micros[i] = (process.TotalProcessorTime - cpuBefore).TotalMicroseconds / calls;
            bytes[i] = (GC.GetTotalAllocatedBytes(precise: true) - bytesBefore) / calls;
        }

        Report(bench, $"grain call, {name}: rate", "calls/s", rates, bars?.CallsPerSecond, atLeast: true);
        Report(bench, $"grain call, {name}: processor time", "µs", micros, bars?.Micros);
        Report(bench, $"grain call, {name}: allocated", "B", bytes, bars?.Bytes);
    }

    private static async Task<long> CallAsync(int inFlight, Func<int, Task<int>> call, TimeSpan span)
    {
        Stopwatch watch = Stopwatch.StartNew();
        long[] counts = await Task.WhenAll(Enumerable.Range(0, inFlight).Select(i => Task.Run(async () =>
        {
            long count = 0;
            do
            {
                await call(i);
                count++;
            }
            while (watch.Elapsed < span);
            return count;
        })));
        return counts.Sum();
    }

    private static async Task IdleAsync(Bench bench, IGrainFactory grains)
    {
        if (!bench.Wants("idle activation"))
            return;

        await ActivateAsync(grains, 1_000_000, 1_000);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        await ActivateAsync(grains, 2_000_000, IdleGrains);
        double bytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / IdleGrains;
        Report(bench, "idle activation", "B", [bytes], bar: 1_024);
    }

    private static async Task ActivateAsync(IGrainFactory grains, int first, int count)
    {
        foreach (int[] batch in Enumerable.Range(first, count).Chunk(1_000))
            await Task.WhenAll(batch.Select(i => grains.GetGrain<IPingGrain>(i).Add(1, 2)));
    }

    // The threads that a round made are gone or idle when the next begins: it starts like the first only after a while.
    private static async Task BlockedAsync(Bench bench, IGrainFactory grains)
    {
        const int Turns = 100;
        const string Name = "call beside 100 turns that block for 1 s";
        if (!bench.Wants(Name))
            return;

        IPingGrain other = grains.GetGrain<IPingGrain>(3_000_000);
        IPingGrain[] blocked = [.. Enumerable.Range(3_000_001, Turns).Select(i => grains.GetGrain<IPingGrain>(i))];
        await Task.WhenAll(blocked.Select(grain => grain.Add(1, 2)));
        double[] waits = new double[5];
        for (int i = 0; i < waits.Length; i++)
        {
            await Task.Delay(TimeSpan.FromSeconds(bench.Quick ? 2 : 25));
            Task[] turns = [];

            // From a thread outside the pool, so that the call queues behind all of the turns.
            Thread caller = new(() =>
            {
                turns = [.. blocked.Select(grain => grain.Block(TimeSpan.FromSeconds(1)))];
                waits[i] = Bench.Time(() => other.Add(1, 2).GetAwaiter().GetResult()) / 1e6;
            });
            caller.Start();
            caller.Join();
            await Task.WhenAll(turns);
        }

        Report(bench, Name, "ms", waits, bar: 100);
    }

    private static void Report(Bench bench, string name, string unit, double[] values, double? bar, bool atLeast = false)
    {
        double median = Bench.Median(values);
        bool? pass = !s_hasBars || bar is null ? null : atLeast ? median >= bar : median <= bar;
        bench.Report(name, unit, values, bar is null ? "" : $"{(atLeast ? "≥" : "≤")} {bar:#,0} {unit}", pass);
    }

    private sealed record Limits(double? CallsPerSecond, double Micros, double Bytes);
}
