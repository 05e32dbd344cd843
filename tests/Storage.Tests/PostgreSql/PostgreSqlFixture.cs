using Gristmill.Storage.PostgreSql;

namespace Gristmill.Storage.Tests.PostgreSql;

/// <summary>A schema of one test on the shared server, and the connections that are open to it.</summary>
internal sealed class PostgreSqlFixture(SharedPostgresServer shared)
{
    private string? _connectionString;
    private PostgreSqlDatabase? _database;

    public PostgreSqlDatabase Database => _database!;

    /// <summary>For a connection of the test's own.</summary>
    public string ConnectionString => _connectionString!;

    public async ValueTask<IUserStore> OpenAsync()
    {
        _connectionString ??= await (await shared.Server).CreatePlaceAsync();
        _database = PostgreSqlDatabase.Open(new PostgreSqlStorageOptions { ConnectionString = _connectionString, AllowUnsafeServer = true });
        return new PostgreSqlUserStore(_database);
    }

    // Where the server could not start, the test was skipped before anything was opened.
    public ValueTask CloseAsync() => _database?.DisposeAsync() ?? ValueTask.CompletedTask;
}
