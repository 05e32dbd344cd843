namespace Gristmill.Storage.Sqlite;

/// <summary>One caller's write, on its way through <see cref="SqliteWriter"/>. Only the writer's thread touches it once it is queued.</summary>
internal abstract class WriteOperation
{
    /// <summary>Why the operation itself did not go through; null when it did.</summary>
    public Exception? Failure { get; set; }

    public abstract bool IsCancelled { get; }

    /// <summary>Runs the body within the open transaction.</summary>
    public abstract void Run(Connection connection);

    /// <summary>Answers with the body's result, or with <see cref="Failure"/>.</summary>
    public abstract void Answer();
}

internal sealed class WriteOperation<TState, T>(TState state, Func<Connection, TState, T> body, CancellationToken cancellationToken) : WriteOperation
{
    // Continuations go to the thread pool: the writer's thread never runs a caller's code.
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private T? _result;

    public Task<T> Task => _completion.Task;

    public override bool IsCancelled => cancellationToken.IsCancellationRequested;

    public override void Run(Connection connection) => _result = body(connection, state);

    public override void Answer()
    {
        switch (Failure)
        {
            case null:
                _completion.SetResult(_result!);
                break;
            case OperationCanceledException:
                _completion.SetCanceled(cancellationToken);
                break;
            default:
                _completion.SetException(Failure);
                break;
        }
    }
}
