using Gristmill.Engine.Tests.Tasks;

namespace Gristmill.Engine.Tests.Workflows;

public sealed class WorkflowRunTests : IAsyncDisposable
{
    private readonly TaskEngine _engine = TaskEngine.Create(e => e.Workers(2).QueueCapacity(100));

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task Chain_Run_FeedsEachOutputToTheNext()
    {
        Workflow<long> workflow = Workflow.Define("etl").Task("sum", MathTask.Add(1, 2, 3)).Then("double", sum => MathTask.Multiply(sum, 2)).Build();

        Assert.Equal(12, await Run(workflow));
        Assert.Equal(12, await Run(workflow));
    }

    [Fact]
    public async Task Branches_Run_AtTheSameTime()
    {
        // Each waits for the other to have started.
        TaskCompletionSource left = new(), right = new();
        WorkflowBuilder define = Workflow.Define("w");
        Output<long> a = define.Task("a", new LambdaRequest(async _ =>
        {
            left.SetResult();
            await right.Task;
            return 1;
        }));
        Output<long> b = define.Task("b", new LambdaRequest(async _ =>
        {
            right.SetResult();
            await left.Task;
            return 2;
        }));

        Assert.Equal(3, await Run(define.Task("sum", MathTask.Add(a, b)).Build()));
    }

    [Fact]
    public async Task FanOut_OverValues_IsGatheredInOrder()
    {
        WorkflowBuilder define = Workflow.Define("w");
        Output<long[]> squares = define.ForEach("square", [1L, 2L, 3L], n => MathTask.Multiply(n, n));

        long[] results = await Run(define.Build(squares));
        Assert.Equal([1, 4, 9], results);
    }

    [Fact]
    public async Task FanOut_OverAnOutput_RunsOncePerItem()
    {
        WorkflowBuilder define = Workflow.Define("w");
        Output<long> ten = define.Task("ten", MathTask.Add(10));
        Output<long[]> list = define.ForEach("n", [1L, 2L, 3L], n => MathTask.Add(n));
        Output<long[]> scaled = define.ForEach("scaled", list, n => MathTask.Multiply(n, ten));
        Output<long> sum = define.Task("sum", MathTask.Add(scaled));

        Assert.Equal(60, await Run(sum.Build()));
    }

    [Fact]
    public async Task FanOut_WiderThanTheQueue_IsDelayedAndNotRefused()
    {
        await using var small = TaskEngine.Create(e => e.Workers(1).QueueCapacity(1));
        WorkflowBuilder define = Workflow.Define("w");
        Output<long[]> list = define.ForEach("n", Enumerable.Range(0, 200).Select(static n => (long)n), n => MathTask.Add(n));

        Assert.Equal(199 * 200 / 2, await Within.Time(small.RunAsync(define.Task("sum", MathTask.Add(list)).Build(), 50), "the sum"));
    }

    [Fact]
    public async Task FanOut_OverAListOfTheOutput_RunsOncePerItem()
    {
        WorkflowBuilder define = Workflow.Define("w");
        Output<IReadOnlyList<long>> list = define.ForEach("n", [1L, 2L], n => MathTask.Add(n)).Cast<IReadOnlyList<long>>();

        long[] results = await Run(define.Build(define.ForEach("twice", list, n => MathTask.Multiply(n, 2))));
        Assert.Equal([2, 4], results);
    }

    [Fact]
    public async Task Handler_ThatMeetsAFullQueue_FailsLikeAnyOther()
    {
        int calls = 0;
        Workflow<long> workflow = Workflow.Define("w").Task("full", new LambdaRequest(_ =>
            ++calls <= 20 ? throw new QueueFullException(5, TimeSpan.FromMilliseconds(1)) : new(1))).Build();

        Assert.Equal(ErrorCodes.QueueFull, (await Assert.ThrowsAsync<WorkflowFailedException>(() => Run(workflow))).Code);
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task Parallelism_Bounded_IsNeverExceeded()
    {
        int now = 0, most = 0;
        WorkflowBuilder define = Workflow.Define("w");
        Output<long[]> list = define.ForEach("n", Enumerable.Range(0, 20), _ => new LambdaRequest(async _ =>
        {
            int running = Interlocked.Increment(ref now);
            int seen;
            while (running > (seen = Volatile.Read(ref most)) && Interlocked.CompareExchange(ref most, running, seen) != seen)
            {
            }

            await Task.Yield();
            Interlocked.Decrement(ref now);
            return 0;
        }));

        await Within.Time(_engine.RunAsync(define.Build(list), maxParallelism: 3), "twenty tasks");
        Assert.InRange(most, 1, 3);
    }

    [Fact]
    public async Task Failure_UnderStopAll_CancelsWhatRunsAndStartsNoMore()
    {
        TaskCompletionSource running = new();
        WorkflowBuilder define = Workflow.Define("w");
        Output<long> slow = define.Task("slow", new LambdaRequest(async context =>
        {
            running.SetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return 0;
        }));
        Output<long> bad = define.Task("bad", new LambdaRequest(async _ =>
        {
            await running.Task;
            throw new OverflowException("too large");
        }));
        Workflow<long> workflow = define.Task("sum", MathTask.Add(slow, bad)).Build();

        var failure = await Assert.ThrowsAsync<WorkflowFailedException>(() => Run(workflow));

        Assert.Equal(("bad", ErrorCodes.Overflow), (failure.Task, failure.Code));
        Assert.Equal(TaskState.Failed, failure.Outcomes["bad"].State);
        Assert.Equal(TaskState.Cancelled, failure.Outcomes["slow"].State);
        Assert.Equal(new WorkflowTaskOutcome(TaskState.Cancelled, null), failure.Outcomes["sum"]);
    }

    [Fact]
    public async Task Failure_UnderFinishOthers_LeavesIndependentTasksAlone()
    {
        WorkflowBuilder define = Workflow.Define("w").OnFailure(WorkflowFailurePolicy.FinishOthers);
        Output<long> bad = define.Task("bad", MathTask.Factorial(21));
        define.Task("never", MathTask.Add(bad));
        Output<long> good = define.Task("good", MathTask.Add(1)).Then("better", g => MathTask.Add(g, 1));

        Assert.Equal(2, await Run(good.Build()));
    }

    [Fact]
    public async Task Failure_WithAFallback_GoesOnWithIt()
    {
        WorkflowBuilder define = Workflow.Define("w");
        Output<long> bad = define.Task("bad", MathTask.Factorial(21));
        define.Fallback(bad, 5);

        Assert.Equal(6, await Run(define.Task("sum", MathTask.Add(bad, 1)).Build()));
    }

    [Fact]
    public async Task Failure_OfOneItem_NamesTheFanOut()
    {
        WorkflowBuilder define = Workflow.Define("w");
        Output<long[]> list = define.ForEach("n", [1L, 21L], n => MathTask.Add(n));
        Output<long[]> factorials = define.ForEach("factorial", list, n => MathTask.Factorial(n));

        Assert.Equal("factorial", (await Assert.ThrowsAsync<WorkflowFailedException>(() => Run(define.Build(factorials)))).Task);
    }

    [Fact]
    public async Task Caller_Cancels_IsCancellationAndNoFailure()
    {
        using var cancellation = new CancellationTokenSource();
        Workflow<long> workflow = Workflow.Define("w").Task("endless", new LambdaRequest(async context =>
        {
            await cancellation.CancelAsync();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return 0;
        })).Build();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Within.Time(_engine.RunAsync(workflow, cancellationToken: cancellation.Token), "the end of a cancelled workflow"));
    }

    [Fact]
    public async Task Order_WithoutData_IsKept()
    {
        var order = new List<string>();
        WorkflowBuilder define = Workflow.Define("w");
        Output<long> first = define.Task("first", Note("first"));
        Output<long> second = define.Task("second", Note("second"), after: first);

        await Run(second.Build());
        Assert.Equal(["first", "second"], order);

        LambdaRequest Note(string name) => new(_ =>
        {
            order.Add(name);
            return new(0);
        });
    }

    private Task<T> Run<T>(Workflow<T> workflow) => Within.Time(_engine.RunAsync(workflow), $"the workflow '{workflow.Name}'");
}
