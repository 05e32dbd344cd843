using Gristmill.Crash;
using Gristmill.Storage.PostgreSql;
using Npgsql;

namespace Gristmill.Storage.Tests.PostgreSql;

public sealed class PostgreSqlDatabaseTests(SharedPostgresServer shared)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_OfAServerThatDoesNotSync_IsRefusedUnlessAllowed()
    {
        string connectionString = await (await shared.Server).CreatePlaceAsync();

        StartupException refused = Assert.Throws<StartupException>(() => Open(connectionString));
        Assert.Contains("fsync = off", refused.Message, StringComparison.Ordinal);

        await using PostgreSqlDatabase allowed = OpenShared(connectionString);
        Assert.Equal(0, await new PostgreSqlUserStore(allowed).CountAsync(Token));
    }

    [Fact]
    public async Task Open_OfADatabaseInAnotherEncoding_IsRefused()
    {
        PostgresServer server = await shared.Server;
        await server.ExecuteAsync("CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII'");

        StartupException refused = Assert.Throws<StartupException>(() => OpenShared(server.ConnectionString("ascii")));
        Assert.Contains("SQL_ASCII", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_OfANewerSchema_IsRefused()
    {
        string connectionString = await (await shared.Server).CreatePlaceAsync();
        await OpenShared(connectionString).DisposeAsync();
        await using (var source = NpgsqlDataSource.Create(connectionString))
        await using (NpgsqlCommand command = source.CreateCommand("INSERT INTO gristmill_schema (version) VALUES (99)"))
            await command.ExecuteNonQueryAsync(Token);

        Assert.Contains("schema 99", Assert.Throws<StartupException>(() => OpenShared(connectionString)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=/nonexistent;Database=d;Username=u;Password=secret;Timeout=2")]
    [InlineData("Host=127.0.0.1;Port=1;Database=d;Username=u;Password=secret;Timeout=2")]
    [InlineData("What=ever;Password=secret")]
    public void Open_WithoutAServer_SaysWhyInOneLineWithoutThePassword(string connectionString)
    {
        StartupException refused = Assert.Throws<StartupException>(() => Open(connectionString));

        Assert.DoesNotContain('\n', refused.Message);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_ByManyAtOnce_MakesOneSchema()
    {
        string connectionString = await (await shared.Server).CreatePlaceAsync();

        PostgreSqlDatabase[] databases = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => OpenShared(connectionString))));

        Assert.Equal(0, await new PostgreSqlUserStore(databases[0]).CountAsync(Token));
        foreach (PostgreSqlDatabase database in databases)
            await database.DisposeAsync();
    }

    [Fact]
    public async Task Initialize_BesideAProcessWithAnotherNumberOfPartitions_IsRefused()
    {
        string connectionString = await (await shared.Server).CreatePlaceAsync();
        await using PostgreSqlDatabase database = OpenShared(connectionString);
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using NpgsqlConnection other = await source.OpenConnectionAsync(Token);
        await using NpgsqlTransaction transaction = await other.BeginTransactionAsync(Token);
        await using (NpgsqlCommand add = other.CreateCommand())
        {
            add.CommandText = PostgreSqlMigrations.LockSql + "; INSERT INTO task_partition (id, epoch, seq) SELECT n, 0, 0 FROM generate_series(0, 7) AS n";
            await add.ExecuteNonQueryAsync(Token);
        }

        Task late = new PostgreSqlTaskStore(database).InitializeAsync(16, Token).AsTask();
        await using (NpgsqlCommand waiting = source.CreateCommand(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"))
        {
            while ((long)(await waiting.ExecuteScalarAsync(Token))! == 0)
                Assert.False(late.IsCompleted, "It did not wait for the other process.");
        }

        await transaction.CommitAsync(Token);

        PartitionCountException refused = await Assert.ThrowsAsync<PartitionCountException>(() => late);
        Assert.Contains("8", refused.Message, StringComparison.Ordinal);
    }

    private static PostgreSqlDatabase Open(string connectionString) =>
        PostgreSqlDatabase.Open(new PostgreSqlStorageOptions { ConnectionString = connectionString });

    private static PostgreSqlDatabase OpenShared(string connectionString) =>
        PostgreSqlDatabase.Open(new PostgreSqlStorageOptions { ConnectionString = connectionString, AllowUnsafeServer = true });
}
