using System.Buffers.Binary;
using Gristmill.Storage.Sqlite;
using Microsoft.Extensions.Logging;

namespace Gristmill.Storage.Tests.Sqlite;

/// <summary>The log is moved to the main file beside the writes.</summary>
public sealed class CheckpointerTests : IDisposable
{
    private const int WaitsForReaders = 2005;
    private const int FrameLength = 4096 + 24;
    private const int SequenceOffset = 12;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = new();
    private readonly Log _log = new();
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private long _lastId;

    public CheckpointerTests() => _patience.CancelAfter(s_patience);

    private string Main => _folder["gristmill.db"];

    public void Dispose()
    {
        _patience.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Log_WhileWritersNeverPause_BeginsAgain()
    {
        await using SqliteDatabase database = Open(new LogBounds(Due: 30, Most: int.MaxValue));
        var store = new SqliteUserStore(database);
        using var enough = new CancellationTokenSource();
        await WriteAsync(store);
        uint before = LogSequence();

        Task[] writers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
                await WriteAsync(store);
        }))];
        while (LogSequence() < before + 5)
            await WriteAsync(store);
        await enough.CancelAsync();
        await Task.WhenAll(writers);

        Assert.Equal(_lastId, await store.CountAsync(_patience.Token));
    }

    [Fact]
    public async Task Writes_WhileAReaderHoldsTheLog_AreStored_AndTheLogBeginsAgainBehindIt()
    {
        await using SqliteDatabase database = Open(new LogBounds(Due: 30, Most: int.MaxValue));
        var store = new SqliteUserStore(database);
        await WriteAsync(store);
        uint before;
        using (Connection reader = Connection.OpenReadOnly(Main))
        {
            reader.Run("BEGIN");
            long seen = reader.ReadInt64("SELECT count(*) FROM user");
            before = LogSequence();
            while (LogLength() < 20 * 30 * FrameLength)
                await WriteAsync(store);

            Assert.Equal(before, LogSequence());
            Assert.Equal(seen, reader.ReadInt64("SELECT count(*) FROM user"));
            Assert.DoesNotContain(WaitsForReaders, _log.Events);
        }

        while (LogSequence() == before)
            await WriteAsync(store);
        Assert.Equal(_lastId, await store.CountAsync(_patience.Token));
    }

    [Fact]
    public async Task Log_AtItsMost_WaitsForTheReader_AndSaysSo()
    {
        await using SqliteDatabase database = Open(new LogBounds(Due: 30, Most: 60));
        var store = new SqliteUserStore(database);
        await WriteAsync(store);
        using Connection reader = Connection.OpenReadOnly(Main);
        reader.Run("BEGIN");
        reader.ReadInt64("SELECT count(*) FROM user");
        uint before = LogSequence();

        while (!_log.Events.Contains(WaitsForReaders))
            await WriteAsync(store);
        reader.Run("COMMIT");
        while (LogSequence() == before)
            await WriteAsync(store);

        Assert.Equal(_lastId, await store.CountAsync(_patience.Token));
    }

    [Fact]
    public async Task Close_WhileTheLogIsMoved_LeavesTheMainFileAlone_WithEverything()
    {
        for (int round = 0; round < 5; round++)
        {
            await using SqliteDatabase database = Open(new LogBounds(Due: 1, Most: int.MaxValue));
            var store = new SqliteUserStore(database);
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => WriteAsync(store)));
            await database.DisposeAsync();

            Assert.Equal([Main], Directory.GetFiles(_folder.Path, "gristmill.db*"));
        }

        await using SqliteDatabase again = Open(LogBounds.Default);
        Assert.Equal(_lastId, await new SqliteUserStore(again).CountAsync(_patience.Token));
    }

    private SqliteDatabase Open(LogBounds bounds) =>
        SqliteDatabase.Open(new SqliteStorageOptions { DataDirectory = _folder.Path }, _log, terminator: null, metrics: null, bounds);

    private async Task WriteAsync(SqliteUserStore store) =>
        await store.InsertAsync(new StoredUser(Interlocked.Increment(ref _lastId), "Ada", "ada@example.org", 0, Active: true), _patience.Token);

    /// <summary>How often the log has begun at its start, as its header has it.</summary>
    private uint LogSequence()
    {
        Span<byte> number = stackalloc byte[4];
        using FileStream log = OpenLog();
        log.Position = SequenceOffset;
        log.ReadExactly(number);
        return BinaryPrimitives.ReadUInt32BigEndian(number);
    }

    private long LogLength()
    {
        using FileStream log = OpenLog();
        return log.Length;
    }

    private FileStream OpenLog() => new(Main + "-wal", FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private sealed class Log : ILogger
    {
        private readonly Lock _gate = new();
        private readonly List<int> _events = [];

        public int[] Events
        {
            get
            {
                lock (_gate)
                    return [.. _events];
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_gate)
                _events.Add(eventId.Id);
        }
    }
}
