using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using SQLitePCL;

namespace Gristmill.Storage.Sqlite;

/// <summary>When the log is moved, by its length in pages.</summary>
/// <param name="Due">Pages written since the last time.</param>
/// <param name="Most">Pages from which writers wait for readers, so that the log begins again at its start.</param>
internal readonly record struct LogBounds(int Due, int Most)
{
    /// <summary>16 MiB, and 256 MiB.</summary>
    public static LogBounds Default { get; } = new(4_000, 65_536);
}

/// <summary>
/// Moves the log's pages to the main file on a thread and a connection of its own, while the writer goes on committing. A first pass moves what is
/// there, and is synced; a second, behind which nobody writes, moves the little that came meanwhile, so that the writer's next group begins the log
/// again at its start. Safe from any thread.
/// </summary>
/// <remarks>
/// SQLite syncs the main file only in a pass that reaches the log's end. So the first pass is synced here, through a handle that stays open until
/// every connection is closed: closing any handle of a file gives up the process's locks on it.
/// </remarks>
internal sealed partial class Checkpointer : IDisposable
{
    private readonly Connection _connection;
    private readonly SafeFileHandle _file;
    private readonly LogBounds _bounds;
    private readonly ILogger _logger;
    private readonly StorageMetrics? _metrics;
    private readonly Thread _thread;
    private SqliteWriter _writer = null!;

    // Guarded by _gate: the writer adds pages, the thread takes them.
    private readonly object _gate = new();
    private int _pages;
    private bool _isStopped;

    /// <param name="path">The main file.</param>
    /// <param name="connection">A read-write connection that syncs as the writer's does; the checkpointer disposes it.</param>
    /// <param name="bounds">When the log is moved.</param>
    /// <param name="logger">Gets the failures.</param>
    /// <param name="metrics">Gets the checkpoints; null when nobody measures.</param>
    public Checkpointer(string path, Connection connection, LogBounds bounds, ILogger logger, StorageMetrics? metrics)
    {
        _connection = connection;
        _bounds = bounds;
        _logger = logger;
        _metrics = metrics;
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        _thread = new Thread(Run) { IsBackground = true, Name = "gristmill-sqlite-checkpoints" };
    }

    /// <param name="writer">Who waits while the log's last pages are moved, and ends the process when a sync fails.</param>
    public void Start(SqliteWriter writer)
    {
        _writer = writer;
        _thread.Start();
    }

    /// <summary>Pages went to the log.</summary>
    public void Grew(int pages)
    {
        lock (_gate)
        {
            _pages += pages;
            if (_pages >= _bounds.Due)
                Monitor.Pulse(_gate);
        }
    }

    /// <summary>Ends the thread, after the checkpoint that is under way, and closes the connection.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
        _connection.Dispose();
    }

    /// <summary>To be called when every connection is closed.</summary>
    public void Dispose() => _file.Dispose();

    private void Run()
    {
        while (UntilDue())
            Checkpoint();
    }

    private bool UntilDue()
    {
        lock (_gate)
        {
            while (_pages < _bounds.Due && !_isStopped)
                Monitor.Wait(_gate);
            _pages = 0;
            return !_isStopped;
        }
    }

    private void Checkpoint()
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            int logPages = _connection.Checkpoint(raw.SQLITE_CHECKPOINT_PASSIVE);
            Sync();
            MoveTheRest(logPages);
            _metrics?.Checkpointed(Stopwatch.GetElapsedTime(start));
        }
        catch (SqliteException e) when (!e.IsFailedSync)
        {
            LogCheckpointFailed(e);
        }
        catch (IOException e)
        {
            _writer.End("SQLite could not sync a checkpoint.", e);
        }
    }

    private void MoveTheRest(int logPages)
    {
        // Passive never waits for readers; where some reader always holds the log, it would grow for ever.
        bool waitsForReaders = logPages >= _bounds.Most;
        if (waitsForReaders)
            LogWaitsForReaders(logPages);
        _writer.WhileNobodyWrites(() =>
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                _connection.Checkpoint(waitsForReaders ? raw.SQLITE_CHECKPOINT_RESTART : raw.SQLITE_CHECKPOINT_PASSIVE);
            }
            finally
            {
                _metrics?.WritesHeld(Stopwatch.GetElapsedTime(start));
            }
        });
    }

    private void Sync()
    {
        try
        {
            RandomAccess.FlushToDisk(_file);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    [LoggerMessage(2003, LogLevel.Warning, "A checkpoint failed; the log keeps its pages and the next one tries again.")]
    private partial void LogCheckpointFailed(Exception exception);

    [LoggerMessage(2005, LogLevel.Warning, "The log has {Pages} pages because somebody keeps reading it; writes wait until they can be moved.")]
    private partial void LogWaitsForReaders(int pages);
}
