using System.Buffers;
using Gristmill.Scheduling;

namespace Gristmill.Tasks;

/// <summary>Runs a kind on encoded input: what executors need. Every way to end is a result, never an exception.</summary>
internal sealed class EncodedRun : TaskRun<TaskRunResult>
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private TaskPayload _input;

    public static EncodedRun Rent(
        TaskEngine engine, KindState kind, TaskPayload input, TaskRunOptions options, CancellationToken cancellationToken)
    {
        EncodedRun run = ObjectPool<EncodedRun>.Rent();
        run._input = input;
        run.Begin(engine, kind, options);
        run.WatchCaller(cancellationToken);
        return run;
    }

    protected override ValueTask<TaskRunResult> InvokeAsync()
    {
        _output.ResetWrittenCount();
        ValueTask pending = Kind.Kind.InvokeAsync(_input, _output, Context);
        if (!pending.IsCompleted)
            return FinishAsync(pending);
        pending.GetAwaiter().GetResult();
        return new(Describe(TaskState.Succeeded, _output.WrittenSpan.ToArray(), null));
    }

    protected override TaskRunResult DescribeFailure(TaskState state, Exception exception, out bool isResult)
    {
        isResult = true;
        return Describe(state, default, TaskError.From(exception));
    }

    protected override void Recycle()
    {
        _input = default;
        if (TryResetResult())
            ObjectPool<EncodedRun>.Return(this);
    }

    private async ValueTask<TaskRunResult> FinishAsync(ValueTask pending)
    {
        await pending.ConfigureAwait(false);
        return Describe(TaskState.Succeeded, _output.WrittenSpan.ToArray(), null);
    }

    private TaskRunResult Describe(TaskState state, ReadOnlyMemory<byte> output, TaskError? error)
    {
        DateTimeOffset now = Engine.Time.GetUtcNow();
        DateTimeOffset? startedAt = FirstStartedAt == 0 ? null : now - Engine.Time.GetElapsedTime(FirstStartedAt);
        return new TaskRunResult(state, output, error, Attempts, startedAt, now);
    }
}
