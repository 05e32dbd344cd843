namespace Gristmill.Engine.Tests.Tasks;

/// <summary>Tasks in places where a stop, a time-out or a cancellation must still find them.</summary>
public sealed class StopTests
{
    private static readonly LambdaKind s_plain = new("test.plain", (input, _) => new(input));

    [Fact]
    public async Task DisposeAsync_TaskWaitsForItsKindsLimit_CancelsIt()
    {
        TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Limit("test.limited", 1));
        var never = new TaskCompletionSource<long>();
        var kind = new LambdaKind("test.limited", (_, _) => new(never.Task));
        Task<long>[] tasks = [.. Enumerable.Range(0, 3).Select(_ => engine.RunAsync(new LambdaRequest(kind, 0)).AsTask())];
        // One worker takes them in order: after this one the others wait for the first.
        await Within.Time(engine.RunAsync(new LambdaRequest(s_plain, 1)), "the task behind them");

        await Within.Time(engine.DisposeAsync().AsTask(), "the disposal");

        foreach (Task<long> task in tasks)
            await Assert.ThrowsAsync<UnavailableException>(() => Within.Time(task, "a cancelled task"));
    }

    [Fact]
    public async Task Cancel_TasksThatWaitForTheirKindsLimit_GiveTheirPlacesBackAtOnce()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Limit("test.limited", 1));
        var release = new TaskCompletionSource<long>();
        var kind = new LambdaKind("test.limited", (input, _) => input == 0 ? new(release.Task) : new(input));
        Task<long> first = engine.RunAsync(new LambdaRequest(kind, 0)).AsTask();
        using var cancellation = new CancellationTokenSource();
        Task<long>[] waiting = [.. Enumerable.Range(1, 5).Select(i => engine.RunAsync(new LambdaRequest(kind, i), cancellation.Token).AsTask())];
        Task<long> last = engine.RunAsync(new LambdaRequest(kind, 9)).AsTask();
        await Within.Time(engine.RunAsync(new LambdaRequest(s_plain, 1)), "the task behind them");
        Assert.Equal(6, engine.Snapshot().Tasks.Waiting);

        await cancellation.CancelAsync();

        Assert.Equal(1, engine.Snapshot().Tasks.Waiting);
        foreach (Task<long> task in waiting)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Within.Time(task, "a cancelled task"));
        release.SetResult(7);
        Assert.Equal((7, 9), (await Within.Time(first, "the first task"), await Within.Time(last, "the task behind the cancelled ones")));
    }

    [Fact]
    public async Task Timeout_OfATaskUnderAnother_EndsIt()
    {
        var time = new ManualTime();
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(2).TimeProvider(time).Configure(o => o.MaxStandInThreads = 0));
        using var stack = new StackOfTwo(engine);

        time.Advance(TimeSpan.FromMinutes(1));

        // No worker is left for those who await.
        Within.Time(() => engine.Snapshot().Tasks.Failed == 1, "the lower task's time-out");
        stack.Release();
        await Assert.ThrowsAsync<TaskTimeoutException>(() => Within.Time(stack.Lower, "the lower task"));
        Assert.Equal(2, await Within.Time(stack.Upper, "the upper task"));
    }

    [Fact]
    public async Task DisposeAsync_TaskUnderAnother_CancelsBoth()
    {
        TaskEngine engine = TaskEngine.Create(e => e.Workers(2).Configure(o => o.MaxStandInThreads = 0));
        using var stack = new StackOfTwo(engine);

        Task disposal = engine.DisposeAsync().AsTask();

        Assert.Equal(2, engine.Snapshot().Tasks.Cancelled);
        stack.Release();
        await Assert.ThrowsAsync<UnavailableException>(() => Within.Time(stack.Upper, "the upper task"));
        await Assert.ThrowsAsync<UnavailableException>(() => Within.Time(stack.Lower, "the lower task"));
        await Within.Time(disposal, "the disposal");
    }

    [Fact]
    public async Task DisposeAsync_EveryThreadIsStuck_EndsQueuedTasksAndReturns()
    {
        TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Configure(o =>
        {
            o.MaxStandInThreads = 0;
            o.StopTimeout = 10.Milliseconds();
        }));
        var begun = new ManualResetEventSlim();
        var release = new ManualResetEventSlim();
        var queued = new List<Task<long>>();
        Task<long> stuck = engine.RunAsync(new LambdaRequest(_ =>
        {
            queued.AddRange(Enumerable.Range(0, 4).Select(Queue));
            begun.Set();
            release.Wait(TimeSpan.FromSeconds(60), CancellationToken.None);
            return new(1);
        })).AsTask();
        Within.Time(begun, "the handler");
        queued.AddRange(Enumerable.Range(0, 4).Select(Queue));

        await Within.Time(engine.DisposeAsync().AsTask(), "the disposal");

        foreach (Task<long> task in queued.Append(stuck))
            await Assert.ThrowsAsync<UnavailableException>(() => Within.Time(task, "a cancelled task"));
        TaskFigures tasks = engine.Snapshot().Tasks;
        Assert.Equal((9, 0, 0), (tasks.Cancelled, tasks.InFlight, tasks.Waiting));
        release.Set();

        Task<long> Queue(int input) =>
            engine.RunAsync(new LambdaRequest(s_plain, input), new TaskRunOptions { Priority = input * 3 }).AsTask();
    }

    /// <summary>Two workers, one in half of a task, and the other, which waits for that half, in a second task on top of the first.</summary>
    private sealed class StackOfTwo : IDisposable
    {
        private readonly ManualResetEventSlim _stolen = new();
        private readonly ManualResetEventSlim _begun = new();
        private readonly ManualResetEventSlim _release = new();

        public StackOfTwo(TaskEngine engine)
        {
            var request = new LambdaRequest(_ =>
            {
                _begun.Set();
                Wait(_release);
                return new(2);
            });
            // Queued on the very worker, which would not look up for it once it sleeps in the join.
            var first = new Step(() =>
            {
                Wait(_stolen);
                Upper = engine.RunAsync(request).AsTask();
            });
            var second = new Step(() =>
            {
                _stolen.Set();
                Wait(_release);
            });
            Lower = engine.RunAsync(
                new LambdaRequest(_ =>
                {
                    ForkScope.Current.Join<Step, int, Step, int>(first, second, out int _, out int _);
                    return new(1);
                }),
                new TaskRunOptions { Timeout = 30.Seconds() }).AsTask();
            Within.Time(_begun, "the task on top");
        }

        public Task<long> Lower { get; }

        public Task<long> Upper { get; private set; } = Task.FromResult(0L);

        public void Release() => _release.Set();

        // The events have no handle that anybody asked for, and handlers may still be about to see them.
        public void Dispose() => _release.Set();

        private static void Wait(ManualResetEventSlim gate) => gate.Wait(TimeSpan.FromSeconds(60), CancellationToken.None);

        private readonly struct Step(Action step) : IForkTask<int>
        {
            public int Run(ForkScope scope)
            {
                step();
                return 0;
            }
        }
    }
}
