using Gristmill.Storage.PostgreSql;
using Gristmill.Storage.Sqlite;
using Gristmill.Storage.Tests.PostgreSql;
using Gristmill.Storage.Tests.Sqlite;

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
    private readonly PostgreSqlFixture _postgreSql = new(shared);

    protected override async ValueTask<ITaskStore> OpenAsync()
    {
        await _postgreSql.OpenAsync();
        return new PostgreSqlTaskStore(_postgreSql.Database);
    }

    protected override ValueTask CloseAsync() => _postgreSql.CloseAsync();
}
