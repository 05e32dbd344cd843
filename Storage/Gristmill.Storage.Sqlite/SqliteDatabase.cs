using Microsoft.Extensions.Logging;

namespace Gristmill.Storage.Sqlite;

/// <summary>
/// The database of one data directory: the lock on the directory, the writer, and the readers. All SQLite stores share it, and with it
/// the writer's commits. Safe from any thread.
/// </summary>
public sealed class SqliteDatabase : IAsyncDisposable
{
    private const string FileName = "gristmill.db";

    private readonly DataDirectory _directory;
    private int _disposed;

    private SqliteDatabase(DataDirectory directory, SqliteWriter writer, ReaderPool readers)
    {
        _directory = directory;
        Writer = writer;
        Readers = readers;
    }

    internal SqliteWriter Writer { get; }

    internal ReaderPool Readers { get; }

    /// <summary>Takes the data directory, checks the database or creates it, and brings its schema up to date.</summary>
    /// <param name="options">Where, and how safe.</param>
    /// <param name="logger">Gets the failures of writes.</param>
    /// <param name="terminator">Ends the process when nobody can say what is stored; null fails fast.</param>
    /// <param name="metrics">Gets the commits; null when nobody measures.</param>
    /// <exception cref="DataDirectoryException">The directory is in use, or cannot be used.</exception>
    /// <exception cref="DatabaseException">The database cannot be used; it was not changed.</exception>
    public static SqliteDatabase Open(
        SqliteStorageOptions options, ILogger logger, IProcessTerminator? terminator = null, StorageMetrics? metrics = null) =>
        Open(options, logger, terminator, metrics, LogBounds.Default);

    internal static SqliteDatabase Open(
        SqliteStorageOptions options, ILogger logger, IProcessTerminator? terminator, StorageMetrics? metrics, LogBounds bounds)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        DataDirectory directory = DataDirectory.Acquire(options.DataDirectory);
        string path = directory.PathOf(FileName);
        try
        {
            if (File.Exists(path))
                DatabaseCheck.Run(path);
            else
                Create(path);

            Connection connection = OpenForWriting(path, options.Synchronous);
            try
            {
                Migrations.Apply(connection);
                var checkpointer = new Checkpointer(path, OpenForWriting(path, options.Synchronous), bounds, logger, metrics);
                var writer = new SqliteWriter(
                    connection, checkpointer, options.WriteQueueCapacity, terminator ?? FailFastTerminator.Instance, logger, metrics);
                return new SqliteDatabase(directory, writer, new ReaderPool(path, options.Readers));
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }
        catch (Exception e)
        {
            directory.Dispose();
            if (e is IOException or UnauthorizedAccessException)
                throw new DatabaseException(path, $"Database {path} cannot be opened: {e.Message}", e);
            throw;
        }
    }

    /// <summary>Returns when the writer takes writes and a reader reads.</summary>
    internal async ValueTask PingAsync(CancellationToken cancellationToken)
    {
        Writer.ThrowIfClosed();
        await Readers.ReadAsync(0, static (connection, _) => connection.ReadInt64("SELECT seq FROM writer"), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Finishes the queued writes, closes the files, and gives the directory back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        // The writer last: the connection that closes last moves the log into the main file, and only the writer's may.
        Readers.Dispose();
        await Writer.DisposeAsync().ConfigureAwait(false);
        _directory.Dispose();
    }

    /// <summary>Makes the file under another name first: whatever has the database's name is whole.</summary>
    private static void Create(string path)
    {
        string unfinished = path + ".new";
        foreach (string leftover in (string[])[unfinished, unfinished + "-wal", unfinished + "-shm", unfinished + "-journal"])
            File.Delete(leftover);

        // A log without its database is from a main file that somebody removed; SQLite would take it for the new one's.
        if (File.Exists(path + "-wal"))
            throw new DatabaseException(path, $"Database {path} is missing, but its log {path}-wal is there: restore the one or remove the other.");

        using (Connection connection = Connection.OpenReadWrite(unfinished, create: true))
        {
            connection.Run("PRAGMA synchronous = FULL");
            Migrations.Apply(connection);
        }

        File.Move(unfinished, path);
    }

    private static Connection OpenForWriting(string path, SqliteSynchronous synchronous)
    {
        Connection connection = Connection.OpenReadWrite(path, create: false);
        try
        {
            string mode = connection.ReadTexts("PRAGMA journal_mode = WAL")[0];
            if (mode != "wal")
                throw new DatabaseException(path, $"Database {path} cannot keep a write-ahead log in its folder (SQLite answered '{mode}').");
            connection.Run(synchronous == SqliteSynchronous.Full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
            // The log is moved beside the writer, where a failure is seen; SQLite's own way would hide it.
            connection.Run("PRAGMA wal_autocheckpoint = 0");
            connection.Run("PRAGMA cache_size = -32768");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
