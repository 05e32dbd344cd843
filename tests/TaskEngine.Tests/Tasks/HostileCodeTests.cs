using System.Diagnostics.Metrics;
using System.Text;

namespace Gristmill.Engine.Tests.Tasks;

/// <summary>Code around a handler that throws where it should not: the task must end, and with it every drain.</summary>
public sealed class HostileCodeTests
{
    private static readonly LambdaKind s_plain = new("test.plain", (input, _) => new(input));

    [Fact]
    public async Task MetricsListener_Throws_TaskSucceedsAllTheSame()
    {
        TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Name("hostile").Metrics());
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "Gristmill.TaskEngine" && instrument.Meter.Tags!.Any(tag => Equals(tag.Value, "hostile")))
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => throw new InvalidOperationException("listener"));
        listener.Start();

        Assert.Equal(4, await Within.Time(engine.RunAsync(new LambdaRequest(s_plain, 4)), "the task"));
        await DrainAsync(engine);
    }

    [Fact]
    public async Task ExceptionThatCannotDescribeItself_EndsTheTask()
    {
        var kind = new LambdaKind("test.mute", (_, _) => throw new MuteException());
        TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Kinds(kind));

        await Assert.ThrowsAnyAsync<Exception>(() => Within.Time(engine.RunAsync(new LambdaRequest(kind, 1)), "the typed task"));
        foreach (int attempts in new[] { 1, 2 })
        {
            TaskRunResult result = await Within.Time(
                engine.RunAsync("test.mute", new TaskPayload(Encoding.UTF8.GetBytes("1")), new TaskRunOptions { MaxAttempts = attempts }),
                "the encoded task");
            Assert.Equal((TaskState.Failed, ErrorCodes.HandlerFailed), (result.State, result.Error!.Code));
        }

        await DrainAsync(engine);
        Assert.Equal(0, engine.Snapshot().Tasks.InFlight);
    }

    [Fact]
    public async Task ClockThatMakesNoTimers_RetryFailsInsteadOfHanging()
    {
        TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Limit("test.unlucky", 1).TimeProvider(new NoTimers()));
        var unlucky = new LambdaKind("test.unlucky", (input, _) => input == 0 ? throw new UnavailableException("not yet") : new(input));

        await Assert.ThrowsAsync<NotSupportedException>(() => Within.Time(
            engine.RunAsync(new LambdaRequest(unlucky, 0), new TaskRunOptions { MaxAttempts = 3 }), "the task that cannot be retried"));
        Assert.Equal(3, await Within.Time(engine.RunAsync(new LambdaRequest(unlucky, 3)), "the permit to be given back"));
        await DrainAsync(engine);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CallbackOfTheToken_ThrowsOrBlocks_OtherTasksAreStillTimedOut(bool blocks)
    {
        TaskEngine engine = TaskEngine.Create(e => e.Workers(2));
        using var release = new ManualResetEventSlim();
        var hostile = new LambdaRequest(async context =>
        {
            using CancellationTokenRegistration registration = context.CancellationToken.Register(() =>
            {
                if (blocks)
                    release.Wait(TimeSpan.FromSeconds(30), CancellationToken.None);
                else
                    throw new InvalidOperationException("callback");
            });
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return 1;
        });
        for (int i = 0; i < 3; i++)
        {
            ValueTask<long> running = engine.RunAsync(hostile, new TaskRunOptions { Timeout = 10.Milliseconds() });
            await Assert.ThrowsAsync<TaskTimeoutException>(() => Within.Time(running, $"time-out {i + 1}"));
        }

        release.Set();
        await DrainAsync(engine);
    }

    [Fact]
    public async Task CallbackOfTheToken_RunsATaskOnTheSameEngine_GetsItsResult()
    {
        TaskEngine engine = TaskEngine.Create(e => e.Workers(1));
        using var cancellation = new CancellationTokenSource();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var inner = new TaskCompletionSource<Task<long>>(TaskCreationOptions.RunContinuationsAsynchronously);
        ValueTask<long> running = engine.RunAsync(
            new LambdaRequest(async context =>
            {
                using CancellationTokenRegistration registration =
                    context.CancellationToken.Register(() => inner.SetResult(engine.RunAsync(new LambdaRequest(s_plain, 8)).AsTask()));
                begun.SetResult();
                // Not for the token: the registration would be gone when its turn comes.
                await inner.Task;
                return 1;
            }),
            cancellation.Token);
        await Within.Time(begun.Task, "the handler's start");

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Within.Time(running, "the cancelled call"));
        Assert.Equal(8, await Within.Time(await Within.Time(inner.Task, "the callback"), "the task that the callback ran"));
        await DrainAsync(engine);
    }

    [Fact]
    public async Task AwaitersContext_IsGone_AwaiterGoesOnOnTheWorkers()
    {
        TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Name("rescue"));
        var release = new TaskCompletionSource();
        Task<string?> awaiting = await Task.Factory.StartNew(
            async () =>
            {
                SynchronizationContext.SetSynchronizationContext(new GoneContext());
                try
                {
                    ValueTask<long> running = engine.RunAsync(new LambdaRequest(async _ =>
                    {
                        await release.Task.ConfigureAwait(false);
                        return 1;
                    }));
                    await running;
                    return Thread.CurrentThread.Name;
                }
                finally
                {
                    SynchronizationContext.SetSynchronizationContext(null);
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        release.SetResult();

        Assert.StartsWith("rescue worker", await Within.Time(awaiting, "the awaiter"), StringComparison.Ordinal);
        await DrainAsync(engine);
    }

    [Fact]
    public async Task Handler_ThrowsAfterItsCancellation_CallerSeesTheCancellationOnly()
    {
        TaskEngine engine = TaskEngine.Create(e => e.Workers(1));
        using var cancellation = new CancellationTokenSource();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var seen = new TaskCompletionSource();
        ValueTask<long> running = engine.RunAsync(
            new LambdaRequest(async context =>
            {
                context.CancellationToken.Register(seen.SetResult);
                begun.SetResult();
                await seen.Task;
                throw new InvalidOperationException("too late");
            }),
            cancellation.Token);
        await Within.Time(begun.Task, "the handler's start");
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Within.Time(running, "the cancelled call"));
        Within.Time(() => engine.Snapshot().Tasks.Abandoned == 1, "the handler's late end");
        await DrainAsync(engine);
        TaskFigures tasks = engine.Snapshot().Tasks;
        Assert.Equal((1, 0), (tasks.Cancelled, tasks.Failed));
    }

    [Fact]
    public async Task Handler_DrainsItsOwnEngine_IsToldSoAtOnce()
    {
        TaskEngine engine = TaskEngine.Create(e => e.Workers(1));
        ValueTask<long> running = engine.RunAsync(new LambdaRequest(async _ =>
        {
            await Task.Yield();
            await engine.StopAsync(EngineStop.Drain);
            return 1;
        }));

        await Assert.ThrowsAsync<InvalidOperationException>(() => Within.Time(running, "the handler"));
        Assert.Equal(2, await Within.Time(engine.RunAsync(new LambdaRequest(s_plain, 2)), "the engine, which still runs"));
        await DrainAsync(engine);
    }

    [Fact]
    public async Task Handler_DisposesItsOwnEngine_IsCancelledAndTheEngineStops()
    {
        TaskEngine engine = TaskEngine.Create(e => e.Workers(1));
        ValueTask<long> running = engine.RunAsync(new LambdaRequest(async _ =>
        {
            await engine.DisposeAsync();
            return 1;
        }));

        await Assert.ThrowsAsync<UnavailableException>(() => Within.Time(running, "the handler's task"));
        await Within.Time(engine.DisposeAsync().AsTask(), "the disposal");
        await Assert.ThrowsAsync<UnavailableException>(() => engine.RunAsync(new LambdaRequest(s_plain, 1)).AsTask());
    }

    private static Task DrainAsync(TaskEngine engine) => Within.Time(engine.StopAsync(EngineStop.Drain).AsTask(), "the drain");

    private sealed class MuteException() : GristmillException("mute", "mute", isTransient: true)
    {
        public override TaskError ToError() => throw new InvalidOperationException("no description");
    }

    private sealed class NoTimers : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            throw new NotSupportedException();
    }

    private sealed class GoneContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => throw new ObjectDisposedException(nameof(GoneContext));
    }
}
