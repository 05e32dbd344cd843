using Gristmill.Memory;
using Gristmill.Scheduling;

namespace Gristmill.Tasks;

/// <summary>
/// Runs a kind on encoded input: what executors need. Every way to end is a result, never an exception. Input and output live in slabs while the
/// handler runs: one copy in, one copy out, none in between.
/// </summary>
internal sealed class EncodedRun : TaskRun<TaskRunResult>
{
    private readonly PayloadWriter _output = new();
    private PayloadBuffer? _input;
    private PayloadFormat _format;

    /// <param name="engine">Where it runs.</param>
    /// <param name="kind">What runs.</param>
    /// <param name="input">Taken over: the run releases it.</param>
    /// <param name="format">How to read the input.</param>
    /// <param name="options">How to run it.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public static EncodedRun Rent(
        TaskEngine engine,
        KindState kind,
        PayloadBuffer input,
        PayloadFormat format,
        TaskRunOptions options,
        CancellationToken cancellationToken)
    {
        EncodedRun run = ObjectPool<Maker>.Rent<EncodedRun>();
        run._input = input;
        run._format = format;
        run.Begin(engine, kind, options);
        run.WatchCaller(cancellationToken);
        return run;
    }

    protected override ValueTask<TaskRunResult> InvokeAsync()
    {
        _output.Begin(Engine.Memory, Kind.Name);
        ValueTask pending = Kind.Kind.InvokeAsync(new TaskPayload(_input!.Memory, _format), _output, Context);
        if (!pending.IsCompleted)
            return FinishAsync(pending);
        pending.GetAwaiter().GetResult();
        return new(Describe(TaskState.Succeeded, _output.Written.ToArray(), null));
    }

    protected override TaskRunResult DescribeFailure(TaskState state, Exception exception, out bool isResult)
    {
        isResult = true;
        return Describe(state, default, TaskError.From(exception));
    }

    protected override void ReleasePayloads()
    {
        _input?.Release();
        _input = null;
        _output.End();
    }

    protected override void Recycle()
    {
        if (TryResetResult())
            ObjectPool<Maker>.Return(this);
    }

    private async ValueTask<TaskRunResult> FinishAsync(ValueTask pending)
    {
        await pending.ConfigureAwait(false);
        return Describe(TaskState.Succeeded, _output.Written.ToArray(), null);
    }

    private TaskRunResult Describe(TaskState state, ReadOnlyMemory<byte> output, TaskError? error)
    {
        DateTimeOffset now = Engine.Time.GetUtcNow();
        DateTimeOffset? startedAt = FirstStartedAt == 0 ? null : now - Engine.Time.GetElapsedTime(FirstStartedAt);
        return new TaskRunResult(state, output, error, Attempts, startedAt, now);
    }

    private readonly struct Maker : IMake
    {
        public static object Make() => new EncodedRun();
    }
}
