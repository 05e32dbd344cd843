using Gristmill.Storage.Sqlite;
using Gristmill.Storage.Tests.Users;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gristmill.Storage.Tests.Sqlite;

public sealed class SqliteUserStoreTests : DurableUserStoreConformance, IDisposable
{
    private readonly TempFolder _folder = new();
    private SqliteDatabase? _database;

    public void Dispose() => _folder.Dispose();

    protected override ValueTask<IUserStore> OpenAsync()
    {
        _database = SqliteDatabase.Open(new SqliteStorageOptions { DataDirectory = _folder.Path }, NullLogger.Instance);
        return new(new SqliteUserStore(_database));
    }

    protected override ValueTask CloseAsync() => _database!.DisposeAsync();

    [Fact]
    public async Task AnyUse_AfterClose_SaysUnavailable()
    {
        await CloseAsync();

        await Assert.ThrowsAsync<StorageUnavailableException>(async () => await Store.ReadAsync(1, Token));
        await Assert.ThrowsAsync<StorageUnavailableException>(async () => await Store.InsertAsync(NewUser(1), Token));
        await Assert.ThrowsAsync<StorageUnavailableException>(async () => await Store.PingAsync(Token));
    }
}
