using System.Diagnostics;

namespace Gristmill.Storage.Sqlite;

internal sealed partial class SqliteWriter
{
    private const string ReadSeqSql = "SELECT seq FROM writer";

    // Set under the gate, together with _closed.
    private volatile Exception? _failure;

    // The writer's thread alone.
    private long _seq;

    private void RunGroup(List<WriteOperation> group)
    {
        try
        {
            if (_failure is not null)
                throw new StorageUnavailableException("The store is closed.", _failure);
            long start = Stopwatch.GetTimestamp();
            if (RunTransaction(group))
            {
                CommitGroup();
                _metrics?.Committed(group.Count, Stopwatch.GetElapsedTime(start));
            }
        }
        catch (UnknownOutcomeException e)
        {
            FailAll(group, new StorageOutcomeUnknownException(e.Message, e.InnerException));
            End(e.Message, e);
        }
        catch (Exception e)
        {
            // An operation that failed by itself may have seen what the group did not keep: it fails with the group.
            FailAll(group, new StorageUnavailableException("The write failed and nothing of it was stored.", e));
            LogGroupFailed(e, group.Count);
        }

        foreach (WriteOperation operation in group)
            operation.Answer();
        _checkpointer.Grew(_connection.TakePagesWritten());
    }

    /// <returns>False when no operation wrote, so that there is nothing to commit.</returns>
    private bool RunTransaction(List<WriteOperation> group)
    {
        try
        {
            _connection.Execute("BEGIN IMMEDIATE");
            _connection.Execute("UPDATE writer SET seq = seq + 1");
            bool wrote = false;
            foreach (WriteOperation operation in group)
                wrote |= RunIsolated(operation);
            if (!wrote)
                _connection.Execute("ROLLBACK");
            return wrote;
        }
        catch (SqliteException e)
        {
            if (e.IsFailedSync)
                throw new UnknownOutcomeException("SQLite could not sync.", e);
            RollBack();
            throw;
        }
    }

    private bool RunIsolated(WriteOperation operation)
    {
        if (operation.IsCancelled)
        {
            operation.Failure = new OperationCanceledException();
            return false;
        }

        _connection.Execute("SAVEPOINT operation");
        try
        {
            operation.Run(_connection);
            _connection.Execute("RELEASE operation");
            return true;
        }
        catch (Exception e)
        {
            // Some errors (storage full, I/O) end the whole transaction; then the group fails as one.
            if (e is SqliteException && (_connection.IsAutoCommit || ((SqliteException)e).IsFailedSync))
                throw;
            operation.Failure = e is SqliteException ? new StorageUnavailableException(e.Message, e) : e;
            _connection.Execute("ROLLBACK TO operation");
            _connection.Execute("RELEASE operation");
            return false;
        }
    }

    private void CommitGroup()
    {
        try
        {
            _connection.Execute("COMMIT");
            _seq++;
        }
        catch (SqliteException e)
        {
            if (e.IsFailedSync)
                throw new UnknownOutcomeException("SQLite could not sync a commit.", e);
            RollBack();
            if (!HasHappened(e))
                throw;
            LogCommitSettled(e);
        }
    }

    private void RollBack()
    {
        try
        {
            if (!_connection.IsAutoCommit)
                _connection.Execute("ROLLBACK");
        }
        catch (SqliteException e)
        {
            throw new UnknownOutcomeException("SQLite could not roll back.", e);
        }
    }

    /// <summary>Reads whether the group whose COMMIT answered with an error is stored.</summary>
    private bool HasHappened(SqliteException commitFailure)
    {
        long stored;
        try
        {
            stored = _connection.ReadInt64(ReadSeqSql);
        }
        catch (SqliteException)
        {
            throw new UnknownOutcomeException("SQLite failed a commit, and reading back whether it happened.", commitFailure);
        }

        if (stored != _seq && stored != _seq + 1)
            throw new UnknownOutcomeException($"The database is at group {stored}, its only writer at {_seq}.", commitFailure);
        bool happened = stored > _seq;
        _seq = stored;
        return happened;
    }

    private static void FailAll(List<WriteOperation> group, Exception failure)
    {
        foreach (WriteOperation operation in group)
            operation.Failure = failure;
    }

    /// <summary>Nobody can say what is stored; only opening the files anew can.</summary>
    private sealed class UnknownOutcomeException(string message, Exception inner) : Exception(message, inner);
}
