using Gristmill.Storage.Tests.Users;

namespace Gristmill.Storage.Tests.PostgreSql;

public sealed class PostgreSqlUserStoreTests(SharedPostgresServer shared) : DurableUserStoreConformance
{
    private readonly PostgreSqlFixture _postgreSql = new(shared);

    protected override async ValueTask<IUserStore> OpenAsync() => await _postgreSql.OpenAsync();

    protected override ValueTask CloseAsync() => _postgreSql.CloseAsync();
}
