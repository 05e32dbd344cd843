using Gristmill.Crash;
using Gristmill.Storage.PostgreSql;

namespace Gristmill.Storage.Tests.PostgreSql;

/// <summary>A server that is killed under writes, and one that acknowledges before it syncs.</summary>
public sealed class PostgreSqlKillTests(SyncedPostgresServer synced) : IClassFixture<SyncedPostgresServer>
{
    private const int Partitions = 8;
    private const int TasksInGroup = 5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_WithCommitsThatDoNotWait_IsRefused()
    {
        string connectionString = $"{await (await synced.Server).CreatePlaceAsync()};Options=-c synchronous_commit=off";

        StartupException refused = Assert.Throws<StartupException>(() => Open(connectionString));
        Assert.Contains("synchronous_commit = off", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kill_OfTheServerDuringWrites_KeepsEveryAcknowledgedOne_AndTheStoreRecovers()
    {
        PostgresServer server = await synced.Server;
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

        await RepeatAsync(async () => await store.CountAsync(Token));
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

    [Fact]
    public async Task Kill_OfTheServerDuringGroups_KeepsTheAcknowledged_AndPositionsSettleTheRest()
    {
        PostgresServer server = await synced.Server;
        await using PostgreSqlDatabase database = Open(await server.CreatePlaceAsync());
        var store = new PostgreSqlTaskStore(database);
        await store.InitializeAsync(Partitions, Token);
        var acknowledged = new SemaphoreSlim(0);

        Task<long>[] writers = [.. Enumerable.Range(0, Partitions).Select(partition => Task.Run(() => WriteUntilFailureAsync(partition)))];
        for (int i = 0; i < 200; i++)
            await acknowledged.WaitAsync(Token);
        await server.KillAsync();
        long[] last = await Task.WhenAll(writers);
        await server.LaunchAsync();

        for (int partition = 0; partition < Partitions; partition++)
        {
            PartitionPosition position = await RepeatAsync(async () => await store.ReadPositionAsync(partition, Token));
            int tasks = 0;
            await foreach (StoredTask _ in store.EnumerateLiveAsync(partition, Token))
                tasks++;
            Assert.InRange(position.Sequence, last[partition], last[partition] + 1);
            Assert.Equal(position.Sequence * TasksInGroup, tasks);
            await store.CommitAsync(new TaskGroup(partition, position.Epoch, position.Sequence + 1, []), Token);
        }

        async Task<long> WriteUntilFailureAsync(int partition)
        {
            PartitionPosition position = await store.OpenPartitionAsync(partition, Token);
            try
            {
                for (long sequence = 1; ; sequence++)
                {
                    TaskChange[] changes = [.. Enumerable.Range(0, TasksInGroup).Select(_ => new TaskInsert(NewTask(partition)))];
                    await store.CommitAsync(new TaskGroup(partition, position.Epoch, sequence, changes), Token);
                    position = position with { Sequence = sequence };
                    acknowledged.Release();
                }
            }
            catch (GristmillException e) when (e is StorageUnavailableException or StorageOutcomeUnknownException)
            {
                return position.Sequence;
            }
        }
    }

    private static PostgreSqlDatabase Open(string connectionString) =>
        PostgreSqlDatabase.Open(new PostgreSqlStorageOptions { ConnectionString = connectionString });

    /// <summary>Each broken connection of the pool fails once before it is replaced.</summary>
    private static async Task<T> RepeatAsync<T>(Func<Task<T>> call)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (StorageUnavailableException) when (attempt < 100)
            {
            }
        }
    }

    private static StoredTask NewTask(int partition) => new()
    {
        Id = TaskId.New(partition, TimeProvider.System),
        Kind = "math.add",
        Queue = "default",
        Progress = new TaskProgress { State = TaskState.Queued, DueAt = DateTimeOffset.UnixEpoch },
    };
}
