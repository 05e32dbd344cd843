using Gristmill.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gristmill.Storage.Tests.Sqlite;

/// <summary>A data directory of one test, and the database that is open on it.</summary>
internal sealed class SqliteFixture : IDisposable
{
    private readonly TempFolder _folder = new();
    private SqliteDatabase? _database;

    public SqliteDatabase Database => _database!;

    public IUserStore Open()
    {
        _database = SqliteDatabase.Open(new SqliteStorageOptions { DataDirectory = _folder.Path }, NullLogger.Instance);
        return new SqliteUserStore(_database);
    }

    public ValueTask CloseAsync() => Database.DisposeAsync();

    public void Dispose() => _folder.Dispose();
}
