using Gristmill.Storage.Tests.Users;

namespace Gristmill.Storage.Tests.Sqlite;

public sealed class SqliteUserStoreTests : DurableUserStoreConformance
{
    private readonly SqliteFixture _sqlite = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _sqlite.Dispose();
    }

    protected override ValueTask<IUserStore> OpenAsync() => new(_sqlite.Open());

    protected override ValueTask CloseAsync() => _sqlite.CloseAsync();

    [Fact]
    public async Task AnyUse_AfterClose_SaysUnavailable()
    {
        await CloseAsync();

        await Assert.ThrowsAsync<StorageUnavailableException>(async () => await Store.ReadAsync(1, Token));
        await Assert.ThrowsAsync<StorageUnavailableException>(async () => await Store.InsertAsync(NewUser(1), Token));
        await Assert.ThrowsAsync<StorageUnavailableException>(async () => await Store.PingAsync(Token));
    }
}
