using System.Buffers;
using System.Diagnostics;
using Gristmill.Engine.Tests.Tasks;

namespace Gristmill.Engine.Tests.Soak;

/// <summary>Every policy of the engine at once, under callers that cancel: each call ends, with the right answer, and nothing stays behind.</summary>
public sealed class EngineSoakTests(ITestOutputHelper output)
{
    private static readonly LambdaKind s_plain = new("soak.plain", (input, _) => new(input * 2));

    private static readonly LambdaKind s_waiting = new("soak.waiting", async (input, context) =>
    {
        await Task.Delay((int)(input % 3), context.CancellationToken);
        await Task.Yield();
        return input * 2;
    });

    private static readonly LambdaKind s_flaky = new("soak.flaky", (input, context) =>
        input % 3 >= context.Attempt ? throw new UnavailableException("not yet") : new(input * 2));

    private static readonly LambdaKind s_sick = new("soak.sick", (input, _) =>
        input % 4 > 0 ? throw new InvalidOperationException("sick") : new(input * 2));

    private static readonly LambdaKind s_blocking = new("soak.blocking", (input, _) =>
    {
        using (TaskEngine.Blocking())
            Thread.CurrentThread.Join(1);
        return new(input * 2);
    });

    private static readonly LambdaKind[] s_kinds = [s_plain, s_plain, s_plain, s_waiting, s_flaky, s_sick, s_blocking];

    [Fact]
    public Task Mix_OfPolicies_EveryCallEnds() => RunMixAsync(callers: 16, callsEach: 100);

    [Fact(Explicit = true), Trait("Category", "Soak")]
    public Task Mix_Soak_EveryCallEnds() => RunMixAsync(callers: 64, callsEach: int.MaxValue, SoakTime.Limit);

    private async Task RunMixAsync(int callers, int callsEach, TimeSpan? limit = null)
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        long started = Stopwatch.GetTimestamp();
        TaskEngine engine = TaskEngine.Create(e => e.Workers(1, 3).MemoryPool(4.MiB()).QueueCapacity(60).Kinds(new EchoKind()).Limit("soak.waiting", 3).Configure(o =>
        {
            o.RetryDelay = 1.Milliseconds();
            o.CircuitBreaker.BreakDuration = 500.Milliseconds();
            o.CircuitBreaker.SamplingDuration = 500.Milliseconds();
        }));
        var counts = new Counts();

        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var random = new Random(seed + caller);
            for (int i = 0; i < callsEach && (limit is null || Stopwatch.GetElapsedTime(started) < limit); i++)
                await CallAsync(engine, random, counts);
        })));

        await Within.Time(engine.StopAsync(EngineStop.Drain).AsTask(), "the drain");
        Within.Time(() => engine.Snapshot().Memory.LiveBuffers == 0, "handlers whose calls were over to give their payloads back");
        EngineSnapshot snapshot = engine.Snapshot();
        output.WriteLine($"{counts}; retries {snapshot.Tasks.Retries}, abandoned {snapshot.Tasks.Abandoned}");
        Assert.Equal((0, 0, 0), (snapshot.Tasks.InFlight, snapshot.Tasks.Waiting, snapshot.Tasks.Suspended));
        Assert.Empty(snapshot.Memory.Kinds);
        Assert.Equal(counts.Succeeded, snapshot.Tasks.Succeeded);
        Assert.Equal(counts.Expired, snapshot.Tasks.Expired);
        Assert.Equal(0, snapshot.Totals.Unhandled);
        Within.Time(() => engine.Snapshot().Memory.ReservedBytes == 0, "the native memory to be given back");
        Assert.Equal(snapshot.Totals.Spawned + snapshot.Totals.Injected, snapshot.Totals.Executed);
    }

    private static async Task CallAsync(TaskEngine engine, Random random, Counts counts)
    {
        using var cancellation = new CancellationTokenSource();
        var options = new TaskRunOptions
        {
            Priority = random.Next(10),
            MaxAttempts = 3,
            Timeout = random.Next(10) == 0 ? random.Next(1, 5).Milliseconds() : null,
            Deadline = random.Next(10) == 0 ? DateTimeOffset.UtcNow + random.Next(0, 10).Milliseconds() : null,
        };
        if (random.Next(20) == 0)
            cancellation.CancelAfter(random.Next(1, 3));
        try
        {
            if (random.Next(4) > 0)
                await TypedAsync(engine, random, options, cancellation.Token);
            else if (!await EncodedAsync(engine, random, options, counts, cancellation.Token))
                return;
            Interlocked.Increment(ref counts.Succeeded);
        }
        catch (TaskDeadlineException)
        {
            Interlocked.Increment(ref counts.Expired);
        }
        catch (Exception exception) when (exception is OperationCanceledException or InvalidOperationException
            or TaskTimeoutException or CircuitOpenException or UnavailableException or QueueFullException or MemoryBudgetException)
        {
            Interlocked.Increment(ref counts.Other);
        }
    }

    private static async Task TypedAsync(TaskEngine engine, Random random, TaskRunOptions options, CancellationToken cancellationToken)
    {
        int input = random.Next(1000);
        long result = await engine.RunAsync(new LambdaRequest(s_kinds[random.Next(s_kinds.Length)], input), options, cancellationToken);
        Assert.Equal(2L * input, result);
    }

    // True when it succeeded; counts other ends itself.
    private static async Task<bool> EncodedAsync(
        TaskEngine engine, Random random, TaskRunOptions options, Counts counts, CancellationToken cancellationToken)
    {
        var payload = new byte[random.Next(1, random.Next(10) == 0 ? 200_000 : 5_000)];
        random.NextBytes(payload);
        TaskRunResult result = await engine.RunAsync("soak.echo", new TaskPayload(payload), options, cancellationToken);
        if (result.State == TaskState.Succeeded)
        {
            Assert.True(result.Output.Span.SequenceEqual(payload), "the echo is the payload");
            return true;
        }

        if (result.State == TaskState.Expired)
            Interlocked.Increment(ref counts.Expired);
        else
            Interlocked.Increment(ref counts.Other);
        return false;
    }

    private sealed class EchoKind : TaskKind
    {
        public override string Name => "soak.echo";

        public override string Description => "Gives back what it got.";

        public override string InputSchema => "{}";

        public override string OutputSchema => "{}";

        public override async ValueTask InvokeAsync(TaskPayload input, IBufferWriter<byte> output, TaskContext context)
        {
            // In pieces, with other work between: a buffer that went to somebody else meanwhile would show.
            for (int at = 0; at < input.Bytes.Length; at += 10_000)
            {
                output.Write(input.Bytes.Span.Slice(at, Math.Min(10_000, input.Bytes.Length - at)));
                await Task.Yield();
            }
        }
    }

    private sealed class Counts
    {
        public long Succeeded;
        public long Expired;
        public long Other;

        public override string ToString() => $"{Succeeded} succeeded, {Expired} expired, {Other} ended otherwise";
    }
}
