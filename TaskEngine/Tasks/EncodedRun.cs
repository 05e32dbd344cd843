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
    private TaskPayload _payload;

    /// <param name="engine">Where it runs.</param>
    /// <param name="kind">What runs.</param>
    /// <param name="input">The input's bytes, taken over: the run releases them.</param>
    /// <param name="payload">How to read the input and how to write the output.</param>
    /// <param name="options">How to run it.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public static EncodedRun Rent(
        TaskEngine engine,
        KindState kind,
        PayloadBuffer input,
        TaskPayload payload,
        TaskRunOptions options,
        CancellationToken cancellationToken)
    {
        EncodedRun run = ObjectPool<Maker>.Rent<EncodedRun>();
        run._input = input;
        run._payload = payload with { Bytes = input.Memory };
        run.Begin(engine, kind, options);
        run.WatchCaller(cancellationToken);
        return run;
    }

    protected override ValueTask<TaskRunResult> InvokeAsync()
    {
        if (_payload.OutputFormat == PayloadFormat.Binary && Kind.Kind.BinaryOutput is null)
            throw new InvalidTaskInputException("$", $"{Kind.Name} gives no array of numbers: its output is JSON only.");
        _output.Begin(Engine.Memory, Kind.Name);
        ValueTask pending = Kind.Kind.InvokeAsync(_payload, _output, Context);
        if (!pending.IsCompleted)
            return FinishAsync(pending);
        pending.GetAwaiter().GetResult();
        return new(Describe(TaskState.Succeeded, _output.ToArray(), null));
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
        _payload = default;
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
        return Describe(TaskState.Succeeded, _output.ToArray(), null);
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
