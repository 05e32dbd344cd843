using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gristmill.Benchmarks.GrainCalls;

/// <summary>
/// What a grain call costs in one process: CPU time, bytes and calls per second, one at a time and with 100 in flight; and what
/// an idle activation costs. The same source runs on either grain engine, which makes the other one the baseline.
/// </summary>
public static class GrainCallMeasurement
{
    private const int InFlight = 100;
    private const int IdleGrains = 100_000;

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_span = TimeSpan.FromSeconds(3);

    public static async Task RunAsync(TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo.UseLocalhostClustering());
        using IHost host = builder.Build();
        await host.StartAsync();
        IGrainFactory grains = host.Services.GetRequiredService<IGrainFactory>();

        await output.WriteLineAsync($"engine {typeof(Grain).Assembly.GetName().Name} {typeof(Grain).Assembly.GetName().Version}, {Environment.ProcessorCount} cores, .NET {Environment.Version}");
        await output.WriteLineAsync("case                                 calls/s   CPU µs/call   bytes/call");

        IPingGrain one = grains.GetGrain<IPingGrain>(0);
        IPingGrain[] many = [.. Enumerable.Range(1, InFlight).Select(i => grains.GetGrain<IPingGrain>(i))];
        await Measure(output, "client, one at a time", 1, _ => one.Add(1, 2));
        await Measure(output, "client, 100 in flight, 100 grains", InFlight, i => many[i].Add(1, 2));
        await Measure(output, "client, 100 in flight, 1 grain", InFlight, _ => one.Add(1, 2));
        await Measure(output, "with token, 100 in flight", InFlight, i => many[i].AddCancellable(1, 2, CancellationToken.None));
        await Measure(output, "async method, 100 in flight", InFlight, i => many[i].AddAfterYield(1, 2));

        // A call that makes 1000 calls, one after the other: what one of those costs.
        await Measure(output, "grain to grain, 100 in flight", InFlight, i => many[i].CallOther(1000 + i, 1000), callsEach: 1000);

        await MeasureIdle(output, grains);
        await host.StopAsync();
    }

    private static async Task Measure(TextWriter output, string name, int inFlight, Func<int, Task<int>> call, int callsEach = 1)
    {
        await Run(inFlight, call, s_warmUp);

        using Process process = Process.GetCurrentProcess();
        GC.Collect();
        long bytes = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan cpu = process.TotalProcessorTime;
        Stopwatch watch = Stopwatch.StartNew();
        long calls = callsEach * await Run(inFlight, call, s_span);
        double seconds = watch.Elapsed.TotalSeconds;
        process.Refresh();
        double micros = (process.TotalProcessorTime - cpu).TotalMicroseconds;
        bytes = GC.GetTotalAllocatedBytes(precise: true) - bytes;
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{name,-34}{calls / seconds,10:N0}{micros / calls,14:N2}{(double)bytes / calls,13:N0}"));
    }

    private static async Task<long> Run(int inFlight, Func<int, Task<int>> call, TimeSpan span)
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

    private static async Task MeasureIdle(TextWriter output, IGrainFactory grains)
    {
        await Activate(grains, 1_000_000, 1_000);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        await Activate(grains, 2_000_000, IdleGrains);
        long after = GC.GetTotalMemory(forceFullCollection: true);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"idle activation: {(after - before) / IdleGrains:N0} bytes"));
    }

    private static async Task Activate(IGrainFactory grains, int first, int count)
    {
        foreach (int[] batch in Enumerable.Range(first, count).Chunk(1_000))
            await Task.WhenAll(batch.Select(i => grains.GetGrain<IPingGrain>(i).Add(1, 2)));
    }
}
