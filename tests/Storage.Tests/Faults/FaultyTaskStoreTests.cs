using Gristmill.Storage.PostgreSql;
using Gristmill.Storage.Sqlite;
using Gristmill.Storage.Tests.PostgreSql;
using Gristmill.Storage.Tests.Sqlite;
using Gristmill.Storage.Tests.Tasks;

namespace Gristmill.Storage.Tests.Faults;

/// <summary>The conformance suite once more, with every tenth call or so failing in each way that has an honest way out.</summary>
public sealed class FaultyMemoryTaskStoreTests : TaskStoreConformance
{
    protected override bool LosesAnswers => true;

    protected override ValueTask<ITaskStore> OpenAsync() => new(FaultyTaskStore.Over(new MemoryTaskStore()));

    protected override ValueTask CloseAsync() => ValueTask.CompletedTask;
}

public sealed class FaultySqliteTaskStoreTests : DurableTaskStoreConformance
{
    private readonly SqliteFixture _sqlite = new();

    protected override bool LosesAnswers => true;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _sqlite.Dispose();
    }

    protected override ValueTask<ITaskStore> OpenAsync()
    {
        _sqlite.Open();
        return new(FaultyTaskStore.Over(new SqliteTaskStore(_sqlite.Database)));
    }

    protected override ValueTask CloseAsync() => _sqlite.CloseAsync();
}

public sealed class FaultyPostgreSqlTaskStoreTests(SharedPostgresServer shared) : DurableTaskStoreConformance
{
    private readonly PostgreSqlFixture _postgreSql = new(shared);

    protected override bool LosesAnswers => true;

    protected override async ValueTask<ITaskStore> OpenAsync()
    {
        await _postgreSql.OpenAsync();
        return FaultyTaskStore.Over(new PostgreSqlTaskStore(_postgreSql.Database));
    }

    protected override ValueTask CloseAsync() => _postgreSql.CloseAsync();
}

public sealed class FaultInjectingTaskStoreTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Conflict_IsAnotherActivationThatOpensThePartition()
    {
        var inner = new MemoryTaskStore();
        await inner.InitializeAsync(2, Token);
        var store = new FaultInjectingTaskStore(inner, new StorageFaults(new StorageFaultOptions { ConflictRate = 1 }, TimeProvider.System));
        PartitionPosition position = await store.OpenPartitionAsync(1, Token);

        PartitionFencedException fenced = await Assert.ThrowsAsync<PartitionFencedException>(
            async () => await store.CommitAsync(new TaskGroup(1, position.Epoch, 1, []), Token));

        Assert.Equal(position with { Epoch = position.Epoch + 1 }, fenced.Actual);
    }
}

internal static class FaultyTaskStore
{
    public static ITaskStore Over(ITaskStore inner) => new SettlingTaskStore(new FaultInjectingTaskStore(inner, new StorageFaults(
        new StorageFaultOptions
        {
            Seed = 20261122, TimeoutRate = 0.1, ExecuteAndTimeoutRate = 0.1, BusyRate = 0.1, LatencyRate = 0.02, MaxLatency = TimeSpan.FromMilliseconds(2),
        },
        TimeProvider.System)));
}
