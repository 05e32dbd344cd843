using System.Text;

namespace Gristmill.Engine.Tests.Tasks;

public sealed class PolicyTests
{
    [Fact]
    public async Task ConcurrencyLimit_CountsTasksNotFragments()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(2).Limit("test.limited", 2));
        int running = 0, most = 0;
        var kind = new LambdaKind("test.limited", async (_, _) =>
        {
            int now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            await Task.Delay(1);
            Interlocked.Decrement(ref running);
            return now;
        });

        await Within.Time(
            Task.WhenAll(Enumerable.Range(0, 40).Select(_ => engine.RunAsync(new LambdaRequest(kind, 0)).AsTask())), "40 limited tasks");

        Assert.Equal(2, most);
    }

    [Fact]
    public async Task ConcurrencyLimit_TaskCancelledWhileItWaits_PassesItsTurnOn()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Limit("test.limited", 1));
        using var cancellation = new CancellationTokenSource();
        var release = new TaskCompletionSource<long>();
        var kind = new LambdaKind("test.limited", (input, _) => input == 0 ? new(release.Task) : new(input));
        ValueTask<long> first = engine.RunAsync(new LambdaRequest(kind, 0));
        ValueTask<long> second = engine.RunAsync(new LambdaRequest(kind, 1), cancellation.Token);
        ValueTask<long> third = engine.RunAsync(new LambdaRequest(kind, 2));
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Within.Time(second, "the cancelled task"));

        release.SetResult(7);

        Assert.Equal(7, await Within.Time(first, "the first task"));
        Assert.Equal(2, await Within.Time(third, "the task behind the cancelled one"));
    }

    [Fact]
    public async Task ConcurrencyLimit_KindObjectsOfOneName_ShareIt()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Limit("test.limited", 1));
        var release = new TaskCompletionSource<long>();
        bool begun = false;
        ValueTask<long> first = engine.RunAsync(new LambdaRequest(new LambdaKind("test.limited", (_, _) => new(release.Task)), 0));
        ValueTask<long> second = engine.RunAsync(new LambdaRequest(
            new LambdaKind("test.limited", (input, _) =>
            {
                begun = true;
                return new(input);
            }),
            2));
        // One worker takes them in order.
        await Within.Time(engine.RunAsync(new LambdaRequest(_ => new(1))), "the task behind them");

        Assert.False(begun);
        release.SetResult(1);
        Assert.Equal((1, 2), (await Within.Time(first, "the first task"), await Within.Time(second, "the second task")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Timeout_Longest_IsNone(bool ofTheKind)
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1));
        var release = new TaskCompletionSource<long>();
        ValueTask<long> patient = engine.RunAsync(
            new LambdaRequest(new LambdaKind("test.patient", (_, _) => new(release.Task), ofTheKind ? TimeSpan.MaxValue : null), 0),
            new TaskRunOptions { Timeout = ofTheKind ? null : TimeSpan.MaxValue });
        var never = new LambdaRequest(_ => new(new TaskCompletionSource<long>().Task));
        for (int i = 0; i < 2; i++)
        {
            await Assert.ThrowsAsync<TaskTimeoutException>(
                () => Within.Time(engine.RunAsync(never, new TaskRunOptions { Timeout = 1.Milliseconds() }), "a task that the monitor looks at with the first"));
        }

        release.SetResult(7);

        Assert.Equal(7, await Within.Time(patient, "the patient task"));
    }

    [Fact]
    public async Task Timeout_OfAKindIsZero_IsRefusedByName()
    {
        var kind = new LambdaKind("test.hasty", (input, _) => new(input), TimeSpan.Zero);
        await using TaskEngine engine = TaskEngine.Create();

        string expected = "The kind 'test.hasty' has a time-out of 00:00:00: use more than zero, or TimeSpan.MaxValue for none.";
        Assert.StartsWith(expected, Assert.Throws<ArgumentException>(() => TaskEngine.Create(e => e.Kinds(kind))).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            expected,
            (await Assert.ThrowsAsync<ArgumentException>(() => engine.RunAsync(new LambdaRequest(kind, 1)).AsTask())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retry_FailureAsksForAnEndlessWait_IsTriedAgainAfterTheLongestDelay()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Configure(o =>
        {
            o.RetryDelay = 1.Milliseconds();
            o.MaxRetryDelay = 2.Milliseconds();
        }));
        var busy = new LambdaRequest(context => context.Attempt == 1 ? throw new CircuitOpenException("theirs", TimeSpan.MaxValue) : new(context.Attempt));

        Assert.Equal(2, await Within.Time(engine.RunAsync(busy), "the second attempt"));
    }

    [Fact]
    public async Task CircuitBreaker_KindThatKeepsFailing_RestsAndIsTriedAgain()
    {
        var time = new ManualTime();
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1).TimeProvider(time).Configure(o =>
        {
            o.CircuitBreaker.MinimumThroughput = 5;
            o.CircuitBreaker.BreakDuration = 10.Seconds();
        }));
        bool healthy = false;
        var sick = new LambdaKind("test.sick", (_, _) => healthy ? new(1) : throw new InvalidOperationException("broken"));
        for (int i = 0; i < 5; i++)
            await Assert.ThrowsAsync<InvalidOperationException>(() => Run(engine, sick));

        var open = await Assert.ThrowsAsync<CircuitOpenException>(() => Run(engine, sick));
        Assert.Equal("test.sick", open.Kind);
        Assert.InRange(open.RetryAfter, 9.Seconds(), 10.Seconds());
        Assert.Equal(3, await Run(engine, new LambdaKind("test.other", (_, _) => new(3))));

        time.Advance(11.Seconds());
        await Assert.ThrowsAsync<InvalidOperationException>(() => Run(engine, sick));
        await Assert.ThrowsAsync<CircuitOpenException>(() => Run(engine, sick));

        time.Advance(11.Seconds());
        healthy = true;
        Assert.Equal(1, await Run(engine, sick));
        Assert.Equal(1, await Run(engine, sick));
    }

    [Fact]
    public async Task CircuitBreaker_InputErrors_DoNotOpenIt()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Configure(o => o.CircuitBreaker.MinimumThroughput = 2));
        var picky = new LambdaKind("test.picky", (_, _) => throw new InvalidTaskInputException("input", "wrong"));
        for (int i = 0; i < 10; i++)
            await Assert.ThrowsAsync<InvalidTaskInputException>(() => Run(engine, picky));
    }

    [Fact]
    public async Task Payload_LargerThanTheBudget_IsRefusedAndNothingLeaks()
    {
        var echo = new LambdaKind("test.echo", (input, _) => new(input));
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1).MemoryPool(1.MiB()).Kinds(echo));

        var refused = await Assert.ThrowsAsync<MemoryBudgetException>(
            () => engine.RunAsync("test.echo", new TaskPayload(new byte[2_000_000]), TaskRunOptions.Default).AsTask());
        Assert.Equal(ErrorCodes.PayloadTooLarge, refused.Code);
        for (int i = 0; i < 1000; i++)
        {
            TaskRunResult result = await Within.Time(
                engine.RunAsync("test.echo", new TaskPayload(Encoding.UTF8.GetBytes($"{i}")), TaskRunOptions.Default), "an echo");
            Assert.Equal($"{i}", Encoding.UTF8.GetString(result.Output.Span));
        }

        EngineSnapshot snapshot = engine.Snapshot();
        Assert.Equal(0, snapshot.Tasks.InFlight);
        Assert.Equal(0, snapshot.Tasks.Waiting);
        Assert.Equal(0, snapshot.Memory.LiveBuffers);
    }

    [Fact]
    public async Task Snapshot_AfterWork_AddsUpAndSerialises()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(2));
        var kind = new LambdaKind("test.kind", (input, _) => new(input));
        for (int i = 0; i < 500; i++)
            await Run(engine, kind);

        EngineSnapshot snapshot = engine.Snapshot();
        Assert.Equal(500, snapshot.Tasks.Succeeded);
        Assert.Equal(snapshot.Totals.Executed, snapshot.Workers.Sum(worker => worker.Executed));
        Assert.True(snapshot.Tasks.RunTime.P99 >= snapshot.Tasks.RunTime.P50);
        Assert.True(snapshot.Tasks.WaitTime.P50 > TimeSpan.Zero);
        Assert.Empty(snapshot.Memory.Classes);
        Assert.Contains("\"Succeeded\":500", System.Text.Json.JsonSerializer.Serialize(snapshot), StringComparison.Ordinal);
    }

    private static Task<long> Run(TaskEngine engine, LambdaKind kind) =>
        Within.Time(engine.RunAsync(new LambdaRequest(kind, 1)), kind.Name);

    private static void InterlockedMax(ref int location, int value)
    {
        int seen = Volatile.Read(ref location);
        while (value > seen)
        {
            int now = Interlocked.CompareExchange(ref location, value, seen);
            if (now == seen)
                return;
            seen = now;
        }
    }
}
