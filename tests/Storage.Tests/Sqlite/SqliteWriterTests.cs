using System.Collections.Concurrent;
using Gristmill.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gristmill.Storage.Tests.Sqlite;

public sealed class SqliteWriterTests : IDisposable
{
    private const int SyncFailed = 1034;

    private readonly TempFolder _folder = new();
    private readonly ConcurrentQueue<Exception> _terminations = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Group_OfOperationsThatArriveTogether_IsOneCommit()
    {
        await using SqliteDatabase database = Open();
        using Held held = await HoldAsync(database.Writer);
        Task<long>[] writes = [.. Enumerable.Range(1, 50).Select(id => InsertAsync(database.Writer, id))];
        held.Release();

        long[] groups = await Task.WhenAll(writes);

        Assert.Single(groups.Distinct());
    }

    [Fact]
    public async Task Operation_ThatThrows_IsUndoneAlone()
    {
        await using SqliteDatabase database = Open();
        using Held held = await HoldAsync(database.Writer);
        Task<long> before = InsertAsync(database.Writer, 1);
        Task<int> failing = database.Writer.WriteAsync<int, int>(
            0,
            static (connection, _) =>
            {
                Insert(connection, 2);
                throw new InvalidOperationException("mine");
            },
            Token).AsTask();
        Task<int> invalid = database.Writer.WriteAsync<int, int>(
            0,
            static (connection, _) =>
            {
                Insert(connection, 3);
                connection.Execute("INSERT INTO user_sequence (one, next_id, deleted_version) VALUES (2, 1, 0)");
                return 0;
            },
            Token).AsTask();
        Task<long> after = InsertAsync(database.Writer, 4);
        held.Release();

        await before;
        Assert.Equal("mine", (await Assert.ThrowsAsync<InvalidOperationException>(() => failing)).Message);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => invalid);
        await after;
        Assert.Equal([1L, 4L], await IdsAsync(database));
    }

    [Fact]
    public async Task Operation_CancelledWhileItWaits_IsNotRun()
    {
        await using SqliteDatabase database = Open();
        using var cancellation = new CancellationTokenSource();
        using Held held = await HoldAsync(database.Writer);
        Task<bool> cancelled = database.Writer.WriteAsync(
            0, static (connection, _) => Insert(connection, 1), cancellation.Token).AsTask();
        Task<long> other = InsertAsync(database.Writer, 2);
        await cancellation.CancelAsync();
        held.Release();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await other;
        Assert.Equal([2L], await IdsAsync(database));
    }

    [Fact]
    public async Task Queue_WhenFull_RefusesTheNextAndKeepsTheOthers()
    {
        await using SqliteDatabase database = Open(new SqliteStorageOptions { WriteQueueCapacity = 3 });
        using Held held = await HoldAsync(database.Writer);
        Task<long>[] waiting = [.. Enumerable.Range(1, 3).Select(id => InsertAsync(database.Writer, id))];

        StorageUnavailableException refused = await Assert.ThrowsAsync<StorageUnavailableException>(() => InsertAsync(database.Writer, 4));
        held.Release();
        await Task.WhenAll(waiting);

        Assert.True(refused.IsTransient);
        Assert.NotNull(refused.ToError().RetryAfter);
        Assert.Equal([1L, 2L, 3L], await IdsAsync(database));
    }

    [Fact]
    public async Task StorageFull_FailsWithAKnownOutcome_AndTheWriterGoesOn()
    {
        await using SqliteDatabase database = Open();
        long pages = await database.Writer.WriteAsync(0, static (connection, _) => connection.ReadInt64("PRAGMA page_count"), Token);
        await SetMaxPagesAsync(pages);

        var store = new SqliteUserStore(database);
        StoredUser[] many = [.. Enumerable.Range(1, 5_000).Select(id => new StoredUser(id, "name", "e@mail", 0, true))];
        StorageUnavailableException full = await Assert.ThrowsAsync<StorageUnavailableException>(
            async () => await store.InsertManyAsync(many, Token));
        Assert.Equal(0, await store.CountAsync(Token));

        await SetMaxPagesAsync(1_000_000);
        await store.InsertManyAsync(many, Token);
        Assert.Equal(5_000, await store.CountAsync(Token));
        Assert.Contains("full", full.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(_terminations);

        async Task SetMaxPagesAsync(long count) => await database.Writer.WriteAsync(
            count, static (connection, count) => connection.ReadInt64($"PRAGMA max_page_count = {count}"), Token);
    }

    [Fact]
    public async Task FailedSync_Terminates_AndNothingIsAnsweredAsDone()
    {
        await using SqliteDatabase database = Open();
        using Held held = await HoldAsync(database.Writer);
        Task<long> before = InsertAsync(database.Writer, 1);
        Task<int> failing = database.Writer.WriteAsync<int, int>(0, static (_, _) => throw new SqliteException(SyncFailed, "no sync"), Token).AsTask();
        held.Release();

        await Assert.ThrowsAsync<StorageOutcomeUnknownException>(() => before);
        await Assert.ThrowsAsync<StorageOutcomeUnknownException>(() => failing);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => InsertAsync(database.Writer, 2));
        Assert.Single(_terminations);
    }

    [Fact]
    public async Task Answer_NeverRunsACallersCodeOnTheWritersThread()
    {
        await using SqliteDatabase database = Open();

        using Held held = await HoldAsync(database.Writer);
        Task<Thread> continuation = InsertAsync(database.Writer, 1).ContinueWith(
            static _ => Thread.CurrentThread, Token, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        held.Release();

        Assert.True((await continuation).IsThreadPoolThread);
    }

    private SqliteDatabase Open(SqliteStorageOptions? options = null)
    {
        options ??= new SqliteStorageOptions();
        options.DataDirectory = _folder.Path;
        return SqliteDatabase.Open(options, NullLogger.Instance, new Terminator(_terminations));
    }

    /// <summary>Inserts a user and returns the number of its group.</summary>
    private static Task<long> InsertAsync(SqliteWriter writer, int id) => writer.WriteAsync(
        id,
        static (connection, id) =>
        {
            Insert(connection, id);
            return connection.ReadInt64("SELECT seq FROM writer");
        },
        Token).AsTask();

    private static bool Insert(Connection connection, int id)
    {
        connection.Prepare("INSERT INTO user VALUES (?1, '', '', 0, 0, 1)").Bind(1, id).Execute();
        return true;
    }

    private static async Task<List<long>> IdsAsync(SqliteDatabase database)
    {
        var ids = new List<long>();
        await foreach (StoredUser user in new SqliteUserStore(database).EnumerateAsync(0, 1, Token))
            ids.Add(user.Id);
        return ids;
    }

    /// <summary>Keeps the writer busy with one operation, so that the next ones wait together.</summary>
    private static async Task<Held> HoldAsync(SqliteWriter writer)
    {
        var held = new Held();
        held.Operation = writer.WriteAsync(
            held,
            static (_, held) =>
            {
                held.Begun.SetResult();
                held.MayEnd.Wait(TimeSpan.FromSeconds(30));
                return 0;
            },
            Token).AsTask();
        await held.Begun.Task;
        return held;
    }

    private sealed class Held : IDisposable
    {
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ManualResetEventSlim MayEnd { get; } = new();

        public Task<int> Operation { get; set; } = null!;

        public void Release() => MayEnd.Set();

        public void Dispose()
        {
            MayEnd.Set();
            Operation.GetAwaiter().GetResult();
            MayEnd.Dispose();
        }
    }

    private sealed class Terminator(ConcurrentQueue<Exception> terminations) : IProcessTerminator
    {
        public void Terminate(string reason, Exception cause) => terminations.Enqueue(cause);
    }
}
