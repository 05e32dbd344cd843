using System.Buffers;
using System.Collections.Concurrent;

namespace Gristmill.Grains.Tests.Tasks.Executors;

/// <summary>A kind whose handlers say that they have begun, and end when the test says so.</summary>
internal sealed class GateKind : TaskKind
{
    private readonly ConcurrentDictionary<TaskId, Handler> _handlers = [];
    private volatile bool _isOpen;

    public override string Name => "test.gate";

    public override string Description => "Waits for its test.";

    public override string InputSchema => "{}";

    public override string OutputSchema => "{}";

    /// <summary>Completes with the number of the attempt when a handler of the task has begun.</summary>
    public Task<int> Started(TaskId id) => Of(id).Started.Task.WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>How often a handler of the task has begun.</summary>
    public int Starts(TaskId id) => Volatile.Read(ref Of(id).Starts);

    public void Release(TaskId id) => Of(id).Released.TrySetResult();

    public void ReleaseAll()
    {
        _isOpen = true;
        foreach (TaskId id in _handlers.Keys)
            Release(id);
    }

    public override async ValueTask InvokeAsync(TaskPayload input, IBufferWriter<byte> output, TaskContext context)
    {
        Handler handler = Of(context.Id);
        Interlocked.Increment(ref handler.Starts);
        CancellationToken stop = context.CancellationToken;
        handler.Started.TrySetResult(context.Attempt);
        if (!_isOpen)
            await handler.Released.Task.WaitAsync(stop);
        output.Write("{}"u8);
    }

    private Handler Of(TaskId id) => _handlers.GetOrAdd(id, static _ => new Handler());

    private sealed class Handler
    {
        public int Starts;

        public TaskCompletionSource<int> Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Released { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>A kind that fails as its input says: for good with "good", by any exception otherwise.</summary>
internal sealed class FailingKind : TaskKind
{
    public override string Name => "test.fail";

    public override string Description => "Fails.";

    public override string InputSchema => "{}";

    public override string OutputSchema => "{}";

    public override ValueTask InvokeAsync(TaskPayload input, IBufferWriter<byte> output, TaskContext context) =>
        input.Bytes.Span.SequenceEqual("\"good\""u8)
            ? throw new InvalidTaskInputException("input", "is not what it takes")
            : throw new InvalidOperationException($"Attempt {context.Attempt} broke.");
}
