using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Gristmill.Diagnostics;

namespace Gristmill.Benchmarks;

/// <summary>I: typed no-op tasks through the engine's public face.</summary>
internal static class EngineBench
{
    private const int InFlight = 1000;
    private const double WindowSeconds = 0.1;

    // Calls that found a million waiting: half of the load that the engine bore before was too much for the machine then.
    private static long s_refused;

    public static async Task RunAsync(Bench bench)
    {
        int count = bench.Quick ? 300_000 : 1_000_000;
        await using TaskEngine engine = TaskEngine.Create(e => e.QueueCapacity(InFlight * 2));
        var rates = new List<double>();
        var bytes = new List<double>();
        for (int round = -1; round < bench.Rounds; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            long start = Stopwatch.GetTimestamp();
            await RunCallersAsync(engine, count);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (round < 0)
                continue;
            rates.Add(count / seconds / 1e6);
            bytes.Add((double)(GC.GetTotalAllocatedBytes(precise: true) - before) / count);
        }

        double median = Bench.Median([.. rates]);
        bench.Report("I engine: typed no-op tasks", "M/s", rates, "≥ 2 M/s", median >= 2);
        bench.Report("I bytes per task", "B", bytes, "≤ 100 B", Bench.Median([.. bytes]) <= 100);
        await MeasureHalfLoadAsync(bench, median * 1e6 / 2, bench.Quick ? 1.0 : 5.0);
    }

    private static Task RunCallersAsync(TaskEngine engine, int count) =>
        Task.WhenAll(Enumerable.Range(0, InFlight).Select(_ => CallAsync(engine, count / InFlight)));

    private static async Task CallAsync(TaskEngine engine, int count)
    {
        for (int i = 0; i < count; i++)
            await engine.RunAsync(NoOp.Instance).ConfigureAwait(false);
    }

    // An open load: a burst every millisecond at half of the rate that the engine reached, called on a worker as there. Calls are pooled: the garbage of a
    // careless client is not what is measured.
    private static async Task MeasureHalfLoadAsync(Bench bench, double tasksPerSecond, double seconds)
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.QueueCapacity(1_000_000));
        var spare = new MpmcQueue<Call>(1 << 16);
        long start = Stopwatch.GetTimestamp();
        long sent = 0;
        var quantiles = new List<double>();
        double windowEnd = WindowSeconds;
        long[] first = engine.Statistics.WaitTimes();
        long[] before = first;
        using var bursts = new CountdownEvent(1);
        while (Stopwatch.GetElapsedTime(start).TotalSeconds is var elapsed && elapsed < seconds)
        {
            long due = (long)(elapsed * tasksPerSecond);
            bursts.AddCount();
            engine.Submit(new Burst(engine, spare, due - sent, bursts));
            sent = due;
            Thread.Sleep(1);
            if (elapsed < windowEnd)
                continue;
            windowEnd = elapsed + WindowSeconds;
            if (P99Since(ref before, engine) is { } p99OfWindow)
                quantiles.Add(p99OfWindow);
        }

        // On a machine with other work bursts may still be queued, and an engine that drains takes no calls.
        bursts.Signal();
        bursts.Wait();
        await engine.StopAsync(EngineStop.Drain);
        double p99 = Bench.Median([.. quantiles]);
        bench.Report(
            "I dispatch p99 at half load, median of windows",
            "ms",
            quantiles,
            "< 1 ms",
            p99 < 1 && s_refused == 0,
            $"{(s_refused == 0 ? "" : $"{s_refused} calls refused; ")}{sent / seconds / 1e6:0.00} M/s in bursts of a millisecond's, called on a worker; p99 of each window of {WindowSeconds * 1000} ms");
        if (P99Since(ref first, engine) is { } p99OfAll)
            bench.Report("I dispatch p99 at half load, of all calls", "ms", [p99OfAll], "", pass: null);
    }

    // A window by itself: one pause of the machine would else decide the p99 of the whole run. Null when no task began in it: those that waited count in the next.
    private static double? P99Since(ref long[] before, TaskEngine engine)
    {
        long[] now = engine.Statistics.WaitTimes();
        long[] window = [.. now.Zip(before, static (late, early) => late - early)];
        before = now;
        return window.Any(static count => count > 0) ? LatencyHistogram.Quantile(window, 0.99).TotalMilliseconds : null;
    }

    private sealed class Burst(TaskEngine engine, MpmcQueue<Call> spare, long calls, CountdownEvent bursts) : WorkItem
    {
        protected internal override void Execute()
        {
            for (long i = 0; i < calls; i++)
                (spare.TryDequeue(out Call? call) ? call : new Call(spare)).Start(engine);
            bursts.Signal();
        }
    }

    private sealed class Call
    {
        private readonly Action _onDone;
        private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _running;

        public Call(MpmcQueue<Call> spare) => _onDone = () =>
        {
            try
            {
                _running.GetResult();
            }
            catch (QueueFullException)
            {
                Interlocked.Increment(ref s_refused);
            }

            spare.TryEnqueue(this);
        };

        public void Start(TaskEngine engine)
        {
#pragma warning disable CA2012 // It is consumed once, in the callback.
            _running = engine.RunAsync(NoOp.Instance).ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
            _running.UnsafeOnCompleted(_onDone);
        }
    }

    private sealed class NoOp : TaskRequest<int>
    {
        public static readonly NoOp Instance = new();

        public override TaskKind Kind { get; } = new NoOpKind();

        public override ValueTask<int> InvokeAsync(TaskContext context) => new(1);

        public override void WriteInput(IBufferWriter<byte> output) => output.Write("{}"u8);

        public override void WriteOutput(System.Text.Json.Utf8JsonWriter json, int result) => json.WriteNumberValue(result);

        public override int ReadOutput(ReadOnlySpan<byte> json) => 1;
    }

    private sealed class NoOpKind : TaskKind
    {
        public override string Name => "bench.noop";

        public override string Description => "Does nothing.";

        public override string InputSchema => "{}";

        public override string OutputSchema => "{}";

        public override ValueTask InvokeAsync(TaskPayload input, IBufferWriter<byte> output, TaskContext context) => default;
    }
}
