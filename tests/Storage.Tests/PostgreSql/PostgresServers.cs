using Gristmill.Crash;
using Gristmill.Storage.Tests.PostgreSql;
using Npgsql;

[assembly: AssemblyFixture(typeof(SharedPostgresServer))]

namespace Gristmill.Storage.Tests.PostgreSql;

/// <summary>
/// The server that all tests share, each with a schema of its own; it starts when the first test asks. It does not sync, because nothing
/// happens to it: the tests that kill have another.
/// </summary>
public sealed class SharedPostgresServer : IAsyncDisposable
{
    private readonly Lazy<Task<PostgresServer>> _server = new(() => PostgresServers.StartAsync("fsync=off"));

    internal Task<PostgresServer> Server => _server.Value;

    public async ValueTask DisposeAsync()
    {
        if (_server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await (await _server.Value).DisposeAsync();
    }
}

/// <summary>A server that syncs, for the tests that kill it one after another.</summary>
public sealed class SyncedPostgresServer : IAsyncDisposable
{
    private readonly Lazy<Task<PostgresServer>> _server = new(() => PostgresServers.StartAsync());

    internal Task<PostgresServer> Server => _server.Value;

    public async ValueTask DisposeAsync()
    {
        if (_server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await (await _server.Value).DisposeAsync();
    }
}

internal static class PostgresServers
{
    /// <summary>Skips the test, with the reason, where there is no PostgreSQL.</summary>
    public static async Task<PostgresServer> StartAsync(params string[] settings)
    {
        Assert.SkipWhen(PostgresServer.Obstacle is not null, PostgresServer.Obstacle ?? "");
        return await PostgresServer.StartAsync(settings);
    }

    /// <summary>Makes a place for one test (a schema, which is quick), and returns how to connect to it.</summary>
    public static async Task<string> CreatePlaceAsync(this PostgresServer server)
    {
        string name = $"test_{Guid.NewGuid():N}";
        await server.ExecuteAsync($"CREATE SCHEMA {name}");
        return $"{server.ConnectionString()};Search Path={name}";
    }

    public static async Task ExecuteAsync(this PostgresServer server, string sql)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString());
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
