using Gristmill.Storage.Tests.PostgreSql;
using Gristmill.Storage.Tests.Sqlite;
using Gristmill.Storage.Tests.Users;

namespace Gristmill.Storage.Tests.Faults;

/// <summary>The conformance suite once more, with every tenth call or so failing in each way that has an honest way out.</summary>
public sealed class FaultyMemoryUserStoreTests : UserStoreConformance
{
    private readonly IUserStore _memory = new MemoryUserStore();

    protected override bool LosesAnswers => true;

    protected override ValueTask<IUserStore> OpenAsync() => new(FaultyUserStore.Over(_memory));

    protected override ValueTask CloseAsync() => ValueTask.CompletedTask;
}

public sealed class FaultySqliteUserStoreTests : DurableUserStoreConformance
{
    private readonly SqliteFixture _sqlite = new();

    protected override bool LosesAnswers => true;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _sqlite.Dispose();
    }

    protected override ValueTask<IUserStore> OpenAsync() => new(FaultyUserStore.Over(_sqlite.Open()));

    protected override ValueTask CloseAsync() => _sqlite.CloseAsync();
}

public sealed class FaultyPostgreSqlUserStoreTests(SharedPostgresServer shared) : DurableUserStoreConformance
{
    private readonly PostgreSqlFixture _postgreSql = new(shared);

    protected override bool LosesAnswers => true;

    protected override async ValueTask<IUserStore> OpenAsync() => FaultyUserStore.Over(await _postgreSql.OpenAsync());

    protected override ValueTask CloseAsync() => _postgreSql.CloseAsync();
}

internal static class FaultyUserStore
{
    public static IUserStore Over(IUserStore inner) => new SettlingUserStore(new FaultInjectingUserStore(inner, new StorageFaults(
        new StorageFaultOptions
        {
            Seed = 20261121, TimeoutRate = 0.1, ExecuteAndTimeoutRate = 0.1, BusyRate = 0.1, LatencyRate = 0.02, MaxLatency = TimeSpan.FromMilliseconds(2),
        },
        TimeProvider.System)));
}
