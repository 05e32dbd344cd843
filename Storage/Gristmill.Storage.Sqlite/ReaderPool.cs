using System.Collections.Concurrent;

namespace Gristmill.Storage.Sqlite;

/// <summary>
/// Read-only connections, opened as they are needed up to a bound. A read runs on its caller's thread; it waits only when all are taken.
/// Safe from any thread.
/// </summary>
internal sealed class ReaderPool(string path, int size) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(size, size);
    private readonly ConcurrentStack<Connection> _idle = new();
    private volatile bool _disposed;

    /// <exception cref="StorageUnavailableException">SQLite cannot read, or the pool is closed.</exception>
    public async ValueTask<T> ReadAsync<TState, T>(TState state, Func<Connection, TState, T> body, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return Read(state, body);
        }
        catch (SqliteException e)
        {
            throw new StorageUnavailableException($"The database cannot be read: {e.Message}", e);
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Closes the idle connections; those in use close when their read ends.</summary>
    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryPop(out Connection? connection))
            connection.Dispose();
    }

    private T Read<TState, T>(TState state, Func<Connection, TState, T> body)
    {
        ThrowIfDisposed();
        Connection connection = _idle.TryPop(out Connection? idle) ? idle : Connection.OpenReadOnly(path);
        try
        {
            return body(connection, state);
        }
        finally
        {
            _idle.Push(connection);
            // Dispose may have looked for idle connections just before.
            if (_disposed)
                Dispose();
        }
    }

    private void ThrowIfDisposed()
    {
        if (_disposed)
            throw new StorageUnavailableException("The store is closed.");
    }
}
