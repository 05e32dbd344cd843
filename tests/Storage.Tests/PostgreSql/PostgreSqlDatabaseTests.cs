using Gristmill.Storage.PostgreSql;
using Npgsql;

namespace Gristmill.Storage.Tests.PostgreSql;

public sealed class PostgreSqlDatabaseTests(SharedPostgresServer shared)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("fsync=off")]
    [InlineData("synchronous_commit=off")]
    public async Task Open_OfAServerThatWouldLoseWrites_IsRefusedUnlessAllowed(string setting)
    {
        await using PostgresServer server = await PostgresServer.StartAsync(setting);
        string connectionString = await server.CreatePlaceAsync();

        StartupException refused = Assert.Throws<StartupException>(() => Open(connectionString));
        Assert.Contains(setting.Replace("=", " = ", StringComparison.Ordinal), refused.Message, StringComparison.Ordinal);

        await using PostgreSqlDatabase allowed = PostgreSqlDatabase.Open(
            new PostgreSqlStorageOptions { ConnectionString = connectionString, AllowUnsafeServer = true });
        Assert.Equal(0, await new PostgreSqlUserStore(allowed).CountAsync(Token));
    }

    [Fact]
    public async Task Open_OfADatabaseInAnotherEncoding_IsRefused()
    {
        PostgresServer server = await shared.Server;
        await server.ExecuteAsync("CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII'");

        StartupException refused = Assert.Throws<StartupException>(() => Open(server.ConnectionString("ascii")));
        Assert.Contains("SQL_ASCII", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_OfANewerSchema_IsRefused()
    {
        string connectionString = await (await shared.Server).CreatePlaceAsync();
        await Open(connectionString).DisposeAsync();
        await using (var source = NpgsqlDataSource.Create(connectionString))
        await using (NpgsqlCommand command = source.CreateCommand("INSERT INTO gristmill_schema (version) VALUES (99)"))
            await command.ExecuteNonQueryAsync(Token);

        Assert.Contains("schema 99", Assert.Throws<StartupException>(() => Open(connectionString)).Message, StringComparison.Ordinal);
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

        PostgreSqlDatabase[] databases = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Open(connectionString))));

        Assert.Equal(0, await new PostgreSqlUserStore(databases[0]).CountAsync(Token));
        foreach (PostgreSqlDatabase database in databases)
            await database.DisposeAsync();
    }

    [Fact]
    public async Task Kill_OfTheServerDuringWrites_KeepsEveryAcknowledgedOne_AndTheStoreRecovers()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using PostgreSqlDatabase database = Open(await server.CreatePlaceAsync());
        var store = new PostgreSqlUserStore(database);
        var acknowledged = new SemaphoreSlim(0);

        Task<List<long>>[] writers = [.. Enumerable.Range(0, 16).Select(writer => Task.Run(() => WriteUntilFailureAsync(writer)))];
        for (int i = 0; i < 500; i++)
            await acknowledged.WaitAsync(Token);
        await server.KillAsync();
        List<long>[] kept = await Task.WhenAll(writers);
        await Assert.ThrowsAnyAsync<GristmillException>(async () => await store.PingAsync(Token));
        await server.LaunchAsync();

        await RepeatAsync(async () => await store.PingAsync(Token));
        var stored = new HashSet<long>();
        await foreach (StoredUser user in store.EnumerateAsync(0, 1, Token))
            stored.Add(user.Id);
        Assert.Superset(kept.SelectMany(ids => ids).ToHashSet(), stored);
        Assert.True(await store.ReserveIdsAsync(1, Token) > stored.Max());

        async Task<List<long>> WriteUntilFailureAsync(int writer)
        {
            var ids = new List<long>();
            try
            {
                for (long id = writer + 1; ; id += 16)
                {
                    await store.InsertAsync(new StoredUser(id, "name", "e@mail", 0, true), Token);
                    ids.Add(id);
                    acknowledged.Release();
                }
            }
            catch (GristmillException e) when (e is StorageUnavailableException or StorageOutcomeUnknownException)
            {
                return ids;
            }
        }
    }

    private static PostgreSqlDatabase Open(string connectionString) =>
        PostgreSqlDatabase.Open(new PostgreSqlStorageOptions { ConnectionString = connectionString });

    /// <summary>Each broken connection of the pool fails once before it is replaced.</summary>
    private static async Task RepeatAsync(Func<Task> call)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await call();
                return;
            }
            catch (StorageUnavailableException) when (attempt < 100)
            {
            }
        }
    }
}
