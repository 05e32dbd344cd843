using System.Buffers;
using System.Diagnostics;

namespace Gristmill.Benchmarks;

/// <summary>I: typed no-op tasks through the engine's public face.</summary>
internal static class EngineBench
{
    private const int InFlight = 1000;

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

    // An open load: a burst every millisecond at half of the rate that the engine reached.
    private static async Task MeasureHalfLoadAsync(Bench bench, double tasksPerSecond, double seconds)
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.QueueCapacity(1_000_000));
        var pending = new List<Task>();
        long start = Stopwatch.GetTimestamp();
        long sent = 0;
        while (Stopwatch.GetElapsedTime(start).TotalSeconds is var elapsed && elapsed < seconds)
        {
            for (long due = (long)(elapsed * tasksPerSecond); sent < due; sent++)
            {
                ValueTask<int> task = engine.RunAsync(NoOp.Instance);
                if (!task.IsCompleted)
                    pending.Add(task.AsTask());
                else
                    await task.ConfigureAwait(false);
            }

            Thread.SpinWait(100);
            pending.RemoveAll(static task => task.IsCompleted);
        }

        await Task.WhenAll(pending).ConfigureAwait(false);
        double p99 = engine.Snapshot().Tasks.WaitTime.P99.TotalMilliseconds;
        bench.Report("I dispatch p99 at half load", "ms", [p99], "< 1 ms", p99 < 1, "the load generator takes a core of its own");
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
