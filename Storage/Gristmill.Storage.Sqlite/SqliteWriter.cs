using Microsoft.Extensions.Logging;

namespace Gristmill.Storage.Sqlite;

/// <summary>
/// The one writer of a database: a thread that owns the only read-write connection. Callers queue operations; the thread takes all that
/// have arrived, runs them in one transaction, commits once, and answers all (group commit: whatever arrives during one commit is the next
/// group, so there is no timer and no waiting when idle). An operation that throws is undone alone; the others of its group go on.
/// Safe from any thread. Operations run in the order in which they were queued.
/// </summary>
/// <remarks>
/// Known and unknown outcomes: an error before COMMIT fails the group, and nothing of it is stored. An error from COMMIT itself is settled before
/// anything else is answered, by reading back the group's number, which is part of its transaction. If it cannot be settled, or a sync
/// failed, <see cref="IProcessTerminator"/> ends the process and nobody is answered.
/// </remarks>
internal sealed partial class SqliteWriter : IAsyncDisposable
{
    private readonly Connection _connection;
    private readonly Checkpointer _checkpointer;
    private readonly IProcessTerminator _terminator;
    private readonly ILogger _logger;
    private readonly StorageMetrics? _metrics;
    private readonly int _queueCapacity;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guarded by _gate: callers add, the writer's thread swaps the list for an empty one. _isHeld while a group runs, or may not run.
    private readonly object _gate = new();
    private List<WriteOperation> _queue = [];
    private bool _closed;
    private bool _isHeld;
    private bool _isHoldWanted;

    /// <param name="connection">The read-write connection; the writer disposes it.</param>
    /// <param name="checkpointer">Moves what is committed to the main file; the writer starts, stops and disposes it.</param>
    /// <param name="queueCapacity">Operations that may wait at most.</param>
    /// <param name="terminator">Called when the outcome of a commit cannot be known.</param>
    /// <param name="logger">Gets the failures of groups.</param>
    /// <param name="metrics">Gets the commits; null when nobody measures.</param>
    public SqliteWriter(
        Connection connection, Checkpointer checkpointer, int queueCapacity, IProcessTerminator terminator, ILogger logger, StorageMetrics? metrics)
    {
        _connection = connection;
        _checkpointer = checkpointer;
        _queueCapacity = queueCapacity;
        _terminator = terminator;
        _logger = logger;
        _metrics = metrics;
        _seq = connection.ReadInt64(ReadSeqSql);
        _thread = new Thread(Run) { IsBackground = true, Name = "gristmill-sqlite-writer" };
        _checkpointer.Start(this);
        _thread.Start();
    }

    /// <summary>
    /// Runs <paramref name="body"/> within the next group's transaction and answers after its commit. A token that fires before the body runs
    /// cancels the operation; later it has no effect.
    /// </summary>
    /// <param name="state">Handed to the body, so that the body can be static.</param>
    /// <param name="body">Runs on the writer's thread, must not block, and must not begin or end transactions.</param>
    /// <param name="cancellationToken">Gives up before the body begins.</param>
    /// <exception cref="StorageUnavailableException">The queue is full, the writer is closed, or the group failed. Nothing was written.</exception>
    public ValueTask<T> WriteAsync<TState, T>(TState state, Func<Connection, TState, T> body, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var operation = new WriteOperation<TState, T>(state, body, cancellationToken);
        lock (_gate)
        {
            if (_closed)
                throw new StorageUnavailableException("The store is closed.", _failure);
            if (_queue.Count >= _queueCapacity)
            {
                throw new StorageUnavailableException(
                    $"The store's queue is full ({_queueCapacity} writes).", retryAfter: TimeSpan.FromSeconds(1));
            }

            _queue.Add(operation);
            if (_queue.Count == 1 && !_isHeld)
                Monitor.PulseAll(_gate);
        }

        return new ValueTask<T>(operation.Task);
    }

    /// <summary>Fails when the writer takes nothing more.</summary>
    public void ThrowIfClosed()
    {
        lock (_gate)
        {
            if (_closed)
                throw new StorageUnavailableException("The store is closed.", _failure);
        }
    }

    /// <summary>Runs <paramref name="body"/> between two groups: what is queued meanwhile waits.</summary>
    public void WhileNobodyWrites(Action body)
    {
        lock (_gate)
        {
            _isHoldWanted = true;
            while (_isHeld)
                Monitor.Wait(_gate);
            _isHoldWanted = false;
            _isHeld = true;
        }

        try
        {
            body();
        }
        finally
        {
            Release();
        }
    }

    /// <summary>Ends the process before anybody is answered; where a test keeps it alive, the writer takes nothing more.</summary>
    public void End(string message, Exception cause)
    {
        LogEnding(cause, message);
        _terminator.Terminate(message, cause);
        lock (_gate)
        {
            _failure ??= cause;
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Takes no more operations, finishes those it has, and closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        Close();
        await _stopped.Task.ConfigureAwait(false);
    }

    private void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Run()
    {
        var group = new List<WriteOperation>();
        while (Take(ref group))
        {
            RunGroup(group);
            group.Clear();
            Release();
        }

        // The writer's connection last: the one that closes last moves the log's pages.
        _checkpointer.Stop();
        _connection.Dispose();
        _checkpointer.Dispose();
        _stopped.SetResult();
    }

    private bool Take(ref List<WriteOperation> empty)
    {
        lock (_gate)
        {
            while (_isHeld || _isHoldWanted || (_queue.Count == 0 && !_closed))
                Monitor.Wait(_gate);
            (_queue, empty) = (empty, _queue);
            _isHeld = empty.Count > 0;
            return _isHeld;
        }
    }

    private void Release()
    {
        lock (_gate)
        {
            _isHeld = false;
            Monitor.PulseAll(_gate);
        }
    }
}
