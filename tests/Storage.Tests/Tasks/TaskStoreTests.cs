using Gristmill.Storage.PostgreSql;
using Gristmill.Storage.Sqlite;
using Gristmill.Storage.Tests.PostgreSql;
using Gristmill.Storage.Tests.Sqlite;
using Npgsql;

namespace Gristmill.Storage.Tests.Tasks;

public sealed class MemoryTaskStoreTests : TaskStoreConformance
{
    protected override ValueTask<ITaskStore> OpenAsync() => new(new MemoryTaskStore());

    protected override ValueTask CloseAsync() => ValueTask.CompletedTask;
}

public sealed class SqliteTaskStoreTests : DurableTaskStoreConformance
{
    private readonly SqliteFixture _sqlite = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _sqlite.Dispose();
    }

    protected override ValueTask<ITaskStore> OpenAsync()
    {
        _sqlite.Open();
        return new(new SqliteTaskStore(_sqlite.Database));
    }

    protected override ValueTask CloseAsync() => _sqlite.CloseAsync();
}

public sealed class PostgreSqlTaskStoreTests(SharedPostgresServer shared) : DurableTaskStoreConformance
{
    // How far one call looks.
    private const int ScanLimit = 20_000;

    private readonly PostgreSqlFixture _postgreSql = new(shared);

    [Fact]
    public async Task List_OfAShortPage_EndsWhereItWasRead_WhenTasksArePurgedMeanwhile()
    {
        const string Pause = "4177";
        StoredTask[] tasks = [.. Enumerable.Range(0, ScanLimit + 100).Select(i => NewTask(0, Noon.AddSeconds(i)) with { Kind = i < ScanLimit ? "kept" : "purged" })];
        await (await PartitionWriter.OpenAsync(Store, 0)).CommitAsync([.. tasks.Select(Insert)]);
        await using var source = NpgsqlDataSource.Create(_postgreSql.ConnectionString);
        await ExecuteAsync($"""
            ALTER TABLE task RENAME TO task_rows;
            CREATE VIEW task AS SELECT task_rows.* FROM pg_advisory_xact_lock_shared({Pause}) AS pause, task_rows
            """);
        Task<TaskPage> listing;
        Task purge;
        await using (NpgsqlConnection gate = await source.OpenConnectionAsync(Token))
        await using (NpgsqlTransaction closed = await gate.BeginTransactionAsync(Token))
        {
            await using (NpgsqlCommand close = new($"SELECT pg_advisory_xact_lock({Pause})", gate))
                await close.ExecuteNonQueryAsync(Token);
            listing = Store.ListAsync(new TaskFilter { Kind = "none" }, before: null, limit: 10, Token).AsTask();
            await WaitingAsync($"locktype = 'advisory' AND objid = {Pause}");
            // Next in the line for the table: it comes before any statement that finds the table not yet locked by its own transaction.
            purge = ExecuteAsync("BEGIN; LOCK TABLE task_rows; DELETE FROM task_rows WHERE kind = 'purged'; COMMIT");
            await WaitingAsync("relation = 'task_rows'::regclass");
        }

        TaskPage page = await listing;
        await purge;

        Assert.Equal(tasks[100].Id, page.Next);

        async Task ExecuteAsync(string sql)
        {
            await using NpgsqlCommand command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync(Token);
        }

        async Task WaitingAsync(string what)
        {
            await using NpgsqlCommand look = source.CreateCommand($"SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND {what})");
            long start = TimeProvider.System.GetTimestamp();
            while (!(bool)(await look.ExecuteScalarAsync(Token))!)
                Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), $"Nobody came to wait for the lock with {what}.");
        }
    }

    protected override async ValueTask<ITaskStore> OpenAsync()
    {
        await _postgreSql.OpenAsync();
        return new PostgreSqlTaskStore(_postgreSql.Database);
    }

    protected override ValueTask CloseAsync() => _postgreSql.CloseAsync();
}
