using System.Text;

namespace Gristmill.Engine.Tests.Tasks;

public sealed class TaskEngineTests
{
    private static readonly LambdaKind s_double = new("math.double", (input, _) => new(input * 2));

    [Fact]
    public async Task RunAsync_TypedRequest_GivesItsResultWithoutRegistration()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(2).QueueCapacity(1_000).MemoryPool(1.MiB()).WorkStealing().Metrics());

        Assert.Equal(42, await engine.RunAsync(new LambdaRequest(s_double, 21), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task RunAsync_ManyCallersAtOnce_EachGetsItsOwnResult()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(2).QueueCapacity(100_000));

        Task<long>[] tasks = [.. Enumerable.Range(0, 20_000)
            .Select(i => engine.RunAsync(new LambdaRequest(s_double, i)).AsTask())];

        long[] results = await Within.Time(Task.WhenAll(tasks), "20,000 tasks");
        Assert.Equal(Enumerable.Range(0, 20_000).Select(i => 2L * i), results);
        Assert.Equal(20_000, engine.Snapshot().Tasks.Succeeded);
        Assert.Equal(0, engine.Snapshot().Tasks.InFlight);
    }

    [Fact]
    public async Task RunAsync_HandlerAwaits_GoesOnOnAWorker()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(2).Name("home"));
        var elsewhere = new TaskCompletionSource();

        ValueTask<long> running = engine.RunAsync(new LambdaRequest(async _ =>
        {
            await elsewhere.Task;
            return Thread.CurrentThread.Name!.StartsWith("home worker", StringComparison.Ordinal) ? 1 : 0;
        }));
        _ = Task.Run(elsewhere.SetResult, TestContext.Current.CancellationToken);

        Assert.Equal(1, await Within.Time(running, "the handler"));
    }

    [Fact]
    public async Task RunAsync_FromAHandler_DoesNotDeadlockEvenOnOneWorker()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1));

        ValueTask<long> outer = engine.RunAsync(new LambdaRequest(
            async context => await engine.RunAsync(new LambdaRequest(s_double, 4), context.CancellationToken) + 1));

        Assert.Equal(9, await Within.Time(outer, "a task that runs a task"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunAsync_HandlerThrows_CallerGetsThatException(bool synchronously)
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1));
        var request = new LambdaRequest(_ => synchronously ? throw new InvalidOperationException("broken") : ThrowLaterAsync());

        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => Within.Time(engine.RunAsync(request), "the failure"));
        Assert.Equal("broken", thrown.Message);
        Assert.Equal(1, engine.Snapshot().Tasks.Failed);

        static async ValueTask<long> ThrowLaterAsync()
        {
            await Task.Yield();
            throw new InvalidOperationException("broken");
        }
    }

    [Fact]
    public async Task RunAsync_TransientFailures_AreRetriedUntilTheAttemptsAreSpent()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Configure(o => o.RetryDelay = 1.Milliseconds()));
        var attempts = new List<int>();
        var request = new LambdaRequest(context =>
        {
            attempts.Add(context.Attempt);
            throw new UnavailableException("not yet");
        });

        await Assert.ThrowsAsync<UnavailableException>(
            () => Within.Time(engine.RunAsync(request, new TaskRunOptions { MaxAttempts = 3 }), "three attempts"));
        Assert.Equal([1, 2, 3], attempts);
    }

    [Fact]
    public async Task RunAsync_CallerCancelsARunningTask_CallEndsAtOnceAndTheHandlerIsAsked()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1));
        using var cancellation = new CancellationTokenSource();
        var asked = new TaskCompletionSource();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ValueTask<long> running = engine.RunAsync(
            new LambdaRequest(async context =>
            {
                context.CancellationToken.Register(asked.SetResult);
                begun.SetResult();
                await asked.Task;
                return 1;
            }),
            cancellation.Token);
        await Within.Time(begun.Task, "the handler's start");

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Within.Time(running, "the cancelled call"));
        await Within.Time(asked.Task, "the handler's token");
        Assert.Equal(7, await Within.Time(engine.RunAsync(new LambdaRequest(_ => new(7))), "the worker's next task"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunAsync_HandlerOverItsTime_CallerGetsATimeout(bool blocks)
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(2));
        using var release = new ManualResetEventSlim();
        var request = new LambdaRequest(async context =>
        {
            if (blocks)
                release.Wait(TimeSpan.FromSeconds(30), CancellationToken.None);
            else
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return 1;
        });

        ValueTask<long> running = engine.RunAsync(request, new TaskRunOptions { Timeout = 20.Milliseconds() });

        var thrown = await Assert.ThrowsAsync<TaskTimeoutException>(() => Within.Time(running, "the time-out"));
        Assert.Equal(20.Milliseconds(), thrown.Timeout);
        release.Set();
    }

    [Fact]
    public async Task RunAsync_DeadlineInThePast_ExpiresWithoutAnAttempt()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Kinds(s_double));

        TaskRunResult result = await Within.Time(
            engine.RunAsync("math.double", Json("1"), new TaskRunOptions { Deadline = DateTimeOffset.UnixEpoch }), "the result");

        Assert.Equal(TaskState.Expired, result.State);
        Assert.Equal(ErrorCodes.DeadlineExceeded, result.Error!.Code);
        Assert.Equal(0, result.Attempts);
        Assert.Null(result.StartedAt);
    }

    [Fact]
    public async Task RunAsync_Encoded_GivesOutputAndTimes()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Kinds(s_double));

        TaskRunResult result = await Within.Time(engine.RunAsync("math.double", Json("21"), TaskRunOptions.Default), "the result");

        Assert.Equal(TaskState.Succeeded, result.State);
        Assert.Equal("42", Encoding.UTF8.GetString(result.Output.Span));
        Assert.Null(result.Error);
        Assert.Equal(1, result.Attempts);
        Assert.InRange(result.FinishedAt - result.StartedAt!.Value, TimeSpan.Zero, 30.Seconds());
    }

    [Fact]
    public async Task RunAsync_EncodedInvalidInput_IsAFailedResultThatNamesTheField()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Kinds(s_double));

        TaskRunResult result = await Within.Time(engine.RunAsync("math.double", Json("\"x\""), TaskRunOptions.Default), "the result");

        Assert.Equal(TaskState.Failed, result.State);
        Assert.Equal(ErrorCodes.InvalidInput, result.Error!.Code);
        Assert.Contains("input", result.Error.Fields.Keys);
    }

    [Theory]
    [InlineData("math.doubel", "math.double")]
    [InlineData("Math.Double", "math.double")]
    [InlineData("double", "math.double")]
    [InlineData("zebra", null)]
    public async Task RunAsync_UnknownKind_NamesTheNearest(string name, string? nearest)
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Kinds(s_double));

        var thrown = await Assert.ThrowsAsync<UnknownTaskKindException>(
            () => engine.RunAsync(name, Json("1"), TaskRunOptions.Default).AsTask());
        Assert.Equal(nearest is null ? [] : [nearest], thrown.Nearest);
    }

    [Fact]
    public async Task RunAsync_QueueFull_RefusesAndRecovers()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1).QueueCapacity(2));
        using var release = new ManualResetEventSlim();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<long> blocker = engine.RunAsync(new LambdaRequest(_ =>
        {
            begun.SetResult();
            release.Wait(CancellationToken.None);
            return new(0);
        })).AsTask();
        await Within.Time(begun.Task, "the blocking handler");
        Task<long>[] waiting = [.. Enumerable.Range(0, 2).Select(i => engine.RunAsync(new LambdaRequest(s_double, i)).AsTask())];

        var thrown = await Assert.ThrowsAsync<QueueFullException>(() => engine.RunAsync(new LambdaRequest(s_double, 3)).AsTask());
        Assert.Equal(2, thrown.Capacity);
        Assert.True(thrown.RetryAfter > TimeSpan.Zero);

        release.Set();
        await Within.Time(Task.WhenAll([blocker, .. waiting]), "the waiting tasks");
        Assert.Equal(6, await Within.Time(engine.RunAsync(new LambdaRequest(s_double, 3)), "a task after the queue emptied"));
    }

    [Fact]
    public async Task StopAsync_Drain_FinishesWhatIsThereAndRefusesMore()
    {
        TaskEngine engine = TaskEngine.Create(e => e.Workers(2));
        var release = new TaskCompletionSource();
        Task<long> running = engine.RunAsync(new LambdaRequest(async _ =>
        {
            await release.Task;
            return 5;
        })).AsTask();

        Task stopping = engine.StopAsync(EngineStop.Drain, CancellationToken.None).AsTask();
        await Assert.ThrowsAsync<UnavailableException>(() => engine.RunAsync(new LambdaRequest(s_double, 3)).AsTask());
        Assert.False(stopping.IsCompleted);
        release.SetResult();

        Assert.Equal(5, await Within.Time(running, "the running task"));
        await Within.Time(stopping, "the drain");
        Assert.Equal("stopped", engine.Snapshot().State);
        Assert.Throws<UnavailableException>(() => engine.Submit(new Counting()));
    }

    [Fact]
    public async Task DisposeAsync_WhileBusy_CancelsRunningWaitingAndQueuedTasks()
    {
        TaskEngine engine = TaskEngine.Create(e => e.Workers(1));
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<long> waiting = engine.RunAsync(new LambdaRequest(async context =>
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return 1;
        })).AsTask();
        Task<long> running = engine.RunAsync(new LambdaRequest(context =>
        {
            begun.SetResult();
            context.CancellationToken.WaitHandle.WaitOne();
            return new(1);
        })).AsTask();
        await Within.Time(begun.Task, "the running handler");
        Task<long> queued = engine.RunAsync(new LambdaRequest(s_double, 1)).AsTask();

        await Within.Time(engine.DisposeAsync().AsTask(), "the disposal");

        foreach (Task<long> task in new[] { waiting, running, queued })
            await Assert.ThrowsAsync<UnavailableException>(() => Within.Time(task, "a cancelled task"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10_000)]
    public void Create_WorkersOutOfRange_NamesTheOption(int workers)
    {
        var thrown = Assert.Throws<ArgumentException>(() => TaskEngine.Create(e => e.Workers(workers)));
        Assert.Contains("Workers", thrown.Message, StringComparison.Ordinal);
    }

    private static TaskPayload Json(string text) => new(Encoding.UTF8.GetBytes(text));

    private sealed class Counting : WorkItem
    {
        protected internal override void Execute()
        {
        }
    }
}
