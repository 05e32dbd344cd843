namespace Gristmill.Engine.Tests.Tasks;

public sealed class CircuitBreakerTests
{
    private const long Down = 0;
    private const long Wrong = 1;
    private const long Hang = 2;
    private const long Fine = 3;
    private const long TooMuch = 4;
    private const long Obey = 5;

    private static readonly TaskRunOptions s_once = new() { MaxAttempts = 1 };

    private readonly ManualTime _time = new();
    private readonly TaskCompletionSource<long> _never = new();
    private readonly LambdaKind _kind;
    private TaskCompletionSource _started = NewSignal();

    public CircuitBreakerTests() => _kind = new LambdaKind("test.kind", HandleAsync);

    [Theory, InlineData(false), InlineData(true)]
    public async Task Trial_WhoseHandlerIgnoresItsTimeIsOver_CountsAsFailedAndFreesThePlace(bool atDeadline)
    {
        await using TaskEngine engine = NewEngine();
        await OpenAsync(engine);
        var options = new TaskRunOptions
        {
            Timeout = atDeadline ? null : 1.Seconds(),
            Deadline = atDeadline ? _time.GetUtcNow() + 1.Seconds() : null,
        };

        Task<long> trial = await StartAsync(engine, Hang, options);
        _time.Advance(2.Seconds());
        GristmillException failure = await Assert.ThrowsAnyAsync<GristmillException>(() => Within.Time(trial, "the end of the trial's time"));
        Assert.Equal(atDeadline ? ErrorCodes.DeadlineExceeded : ErrorCodes.Timeout, failure.Code);

        var open = await Assert.ThrowsAsync<CircuitOpenException>(() => RunAsync(engine, Fine));
        Assert.Equal(10.Seconds(), open.RetryAfter);
        _time.Advance(11.Seconds());
        Assert.Equal(Fine, await RunAsync(engine, Fine));
        Assert.Equal(Fine, await RunAsync(engine, Fine));
    }

    [Fact]
    public async Task Trial_ThatIsCancelledAndHangs_FreesThePlaceForAnother()
    {
        await using TaskEngine engine = NewEngine();
        await OpenAsync(engine);
        using var cancellation = new CancellationTokenSource();
        Task<long> trial = await StartAsync(engine, Hang, s_once, cancellation.Token);
        await Assert.ThrowsAsync<CircuitOpenException>(() => RunAsync(engine, Fine));

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Within.Time(trial, "the cancelled trial"));

        Assert.Equal(Fine, await RunAsync(engine, Fine));
    }

    [Theory, InlineData(Wrong), InlineData(TooMuch)]
    public async Task Trial_ThatSaysNothing_NeitherClosesTheCircuitNorKeepsThePlace(long saysNothing)
    {
        await using TaskEngine engine = NewEngine();
        await OpenAsync(engine);

        await Assert.ThrowsAnyAsync<GristmillException>(() => RunAsync(engine, saysNothing));

        await Assert.ThrowsAsync<IOException>(() => RunAsync(engine, Down));
        await Assert.ThrowsAsync<CircuitOpenException>(() => RunAsync(engine, Down));
    }

    [Fact]
    public async Task OutcomesThatSayNothing_BesideFailures_DoNotHideThem()
    {
        await using TaskEngine engine = NewEngine();
        for (int i = 0; i < 5; i++)
        {
            await Assert.ThrowsAsync<InvalidTaskInputException>(() => RunAsync(engine, Wrong));
            await Assert.ThrowsAsync<MemoryBudgetException>(() => RunAsync(engine, TooMuch));
            await Assert.ThrowsAsync<IOException>(() => RunAsync(engine, Down));
        }

        await Assert.ThrowsAsync<CircuitOpenException>(() => RunAsync(engine, Wrong));
    }

    [Fact]
    public async Task BudgetRefusals_InsideHandlers_DoNotOpenTheCircuit()
    {
        await using TaskEngine engine = NewEngine();
        for (int i = 0; i < 10; i++)
            await Assert.ThrowsAsync<MemoryBudgetException>(() => RunAsync(engine, TooMuch));
    }

    [Fact]
    public async Task TimeOuts_OfHandlersThatObeyTheirToken_AreFailuresOnly()
    {
        await using TaskEngine engine = NewEngine(failureRatio: 0.9);
        for (int i = 0; i < 5; i++)
        {
            // The handler holds the only worker until it returns, so the next one begins after that was told.
            Task<long> late = await StartAsync(engine, Obey, new TaskRunOptions { Timeout = 1.Seconds() });
            _time.Advance(2.Seconds());
            await Assert.ThrowsAsync<TaskTimeoutException>(() => Within.Time(late, "the time-out"));
        }

        await Assert.ThrowsAsync<CircuitOpenException>(() => RunAsync(engine, Fine));
    }

    private TaskEngine NewEngine(double failureRatio = 0.5) => TaskEngine.Create(e => e.Workers(1).TimeProvider(_time).Configure(o =>
    {
        o.MaxStandInThreads = 0;
        o.CircuitBreaker.FailureRatio = failureRatio;
        o.CircuitBreaker.MinimumThroughput = 5;
        o.CircuitBreaker.BreakDuration = 10.Seconds();
    }));

    private async Task OpenAsync(TaskEngine engine)
    {
        for (int i = 0; i < 5; i++)
            await Assert.ThrowsAsync<IOException>(() => RunAsync(engine, Down));
        await Assert.ThrowsAsync<CircuitOpenException>(() => RunAsync(engine, Down));
        _time.Advance(11.Seconds());
    }

    private async Task<Task<long>> StartAsync(
        TaskEngine engine, long input, TaskRunOptions options, CancellationToken cancellationToken = default)
    {
        _started = NewSignal();
        Task<long> running = engine.RunAsync(new LambdaRequest(_kind, input), options, cancellationToken).AsTask();
        await Within.Time(_started.Task, "the handler's start");
        return running;
    }

    private Task<long> RunAsync(TaskEngine engine, long input) =>
        Within.Time(engine.RunAsync(new LambdaRequest(_kind, input), s_once), $"the task with input {input}");

    private ValueTask<long> HandleAsync(long input, TaskContext context)
    {
        _started.TrySetResult();
        switch (input)
        {
            case Down:
                throw new IOException("down");
            case Wrong:
                throw new InvalidTaskInputException("input", "wrong");
            case TooMuch:
                throw new MemoryBudgetException(2, 3, 2);
            case Hang:
                return new(_never.Task);
            case Obey:
                context.CancellationToken.WaitHandle.WaitOne();
                throw new OperationCanceledException(context.CancellationToken);
            default:
                return new(input);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
