namespace Gristmill.Engine.Tests.Scheduling;

public sealed class TaskSchedulerTests
{
    [Fact]
    public async Task StartNew_AsyncMethod_StaysOnTheWorkersAcrossAwaits()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(2).Name("home"));

        Task<bool> onWorkers = Task.Factory.StartNew(
            async () =>
            {
                bool before = IsWorker();
                await Task.Delay(1);
                return before && IsWorker();
            },
            CancellationToken.None,
            TaskCreationOptions.None,
            engine.Scheduler).Unwrap();

        Assert.True(await Within.Time(onWorkers, "the task"));
    }

    [Fact]
    public async Task WaitOnAQueuedTask_OnTheOnlyWorker_RunsItInline()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1));
        var factory = new TaskFactory(engine.Scheduler);

        Task<int> outer = factory.StartNew(() =>
        {
            Task<int> inner = factory.StartNew(() => 20);
#pragma warning disable xUnit1031 // To block on a queued task is the point.
            return inner.Result + 1;
#pragma warning restore xUnit1031
        });

        Assert.Equal(21, await Within.Time(outer, "a task that waits for a task"));
    }

    [Fact]
    public async Task StartNew_AfterTheStop_RunsOnTheNetPool()
    {
        TaskEngine engine = TaskEngine.Create(e => e.Workers(1));
        await engine.DisposeAsync();

        Assert.True(await Within.Time(
            new TaskFactory(engine.Scheduler).StartNew(() => Thread.CurrentThread.IsThreadPoolThread), "a task begun after the stop"));
    }

    [Fact]
    public async Task AsyncMethod_SuspendedAcrossTheStop_GetsToItsEnd()
    {
        TaskEngine engine = TaskEngine.Create(e => e.Workers(1));
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int> method = new TaskFactory(engine.Scheduler).StartNew(async () =>
        {
            begun.SetResult();
            await goOn.Task;
            return 1;
        }).Unwrap();
        await Within.Time(begun.Task, "the method's start");
        await Within.Time(engine.StopAsync(EngineStop.Drain).AsTask(), "the drain");

        goOn.SetResult();

        Assert.Equal(1, await Within.Time(method, "the rest of the method"));
    }

    private static bool IsWorker() => Thread.CurrentThread.Name!.StartsWith("home worker", StringComparison.Ordinal);
}
