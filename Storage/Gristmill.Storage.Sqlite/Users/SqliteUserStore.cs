using System.Runtime.CompilerServices;

namespace Gristmill.Storage.Sqlite;

/// <summary>Users in SQLite. Concurrent writes share commits; reads go beside the writer. Safe from any thread.</summary>
public sealed class SqliteUserStore(SqliteDatabase database) : IUserStore
{
    private const int PageSize = 1024;

    private const string ReadSql = "SELECT name, email, created_at, active, version FROM user WHERE id = ?1";

    private const string InsertSql = """
        INSERT INTO user (id, name, email, created_at, active, version)
        VALUES (?1, ?2, ?3, ?4, ?5, (SELECT deleted_version + 1 FROM user_sequence))
        ON CONFLICT DO NOTHING RETURNING version
        """;

    private const string UpdateSql = """
        UPDATE user SET name = ?2, email = ?3, created_at = ?4, active = ?5, version = version + 1 WHERE id = ?1 AND version = ?6
        """;

    private const string ForgetSql = """
        UPDATE user_sequence SET next_id = max(next_id, ?1 + 1), deleted_version = max(deleted_version, ?2)
        """;

    private const string PageSql = """
        SELECT id, name, email, created_at, active, version FROM user WHERE id > ?1 AND id % ?2 = ?3 ORDER BY id LIMIT ?4
        """;

    public ValueTask<StoredUser?> ReadAsync(long id, CancellationToken cancellationToken = default) =>
        database.Readers.ReadAsync(id, Read, cancellationToken);

    public ValueTask<StoredUser> InsertAsync(StoredUser user, CancellationToken cancellationToken = default)
    {
        StoredUser.Check(user);
        return database.Writer.WriteAsync(user, Insert, cancellationToken);
    }

    public ValueTask<IReadOnlyList<StoredUser>> InsertManyAsync(IReadOnlyList<StoredUser> users, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(users);
        // A copy: the caller's list is the caller's, and the writer comes to it later.
        StoredUser[] checkedUsers = [.. users];
        foreach (StoredUser user in checkedUsers)
            StoredUser.Check(user);
        return database.Writer.WriteAsync(checkedUsers, InsertMany, cancellationToken);
    }

    public ValueTask<StoredUser> UpdateAsync(StoredUser user, long expectedVersion, CancellationToken cancellationToken = default)
    {
        StoredUser.Check(user);
        return database.Writer.WriteAsync((user, expectedVersion), Update, cancellationToken);
    }

    public async ValueTask DeleteAsync(long id, long expectedVersion, CancellationToken cancellationToken = default) =>
        await database.Writer.WriteAsync((id, expectedVersion), Delete, cancellationToken).ConfigureAwait(false);

    public ValueTask<long> ReserveIdsAsync(int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return database.Writer.WriteAsync(count, ReserveIds, cancellationToken);
    }

    public async IAsyncEnumerable<StoredUser> EnumerateAsync(
        int partition, int partitionCount, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitionCount, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(partition);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(partition, partitionCount);

        List<StoredUser> page;
        long after = 0;
        do
        {
            // Pages, not one long read: a reader that stays would keep the log from starting again.
            page = await database.Readers.ReadAsync((after, partition, partitionCount), ReadPage, cancellationToken).ConfigureAwait(false);
            foreach (StoredUser user in page)
                yield return user;
            after = page.Count > 0 ? page[^1].Id : after;
        }
        while (page.Count == PageSize);
    }

    public ValueTask<long> CountAsync(CancellationToken cancellationToken = default) =>
        database.Readers.ReadAsync(0, static (connection, _) => connection.ReadInt64("SELECT count(*) FROM user"), cancellationToken);

    public ValueTask PingAsync(CancellationToken cancellationToken = default) => database.PingAsync(cancellationToken);

    private static StoredUser? Read(Connection connection, long id)
    {
        using Statement statement = connection.Prepare(ReadSql).Bind(1, id);
        return statement.Step() ? ReadRow(statement, id, 0) : null;
    }

    private static List<StoredUser> ReadPage(Connection connection, (long After, int Partition, int PartitionCount) range)
    {
        var page = new List<StoredUser>();
        using Statement statement = connection.Prepare(PageSql)
            .Bind(1, range.After).Bind(2, range.PartitionCount).Bind(3, range.Partition).Bind(4, PageSize);
        while (statement.Step())
            page.Add(ReadRow(statement, statement.Int64(0), 1));
        return page;
    }

    private static StoredUser ReadRow(Statement row, long id, int column) =>
        new(id, row.Text(column), row.Text(column + 1), row.Int64(column + 2), row.Int64(column + 3) != 0, row.Int64(column + 4));

    private static StoredUser Insert(Connection connection, StoredUser user)
    {
        using Statement statement = Bind(connection.Prepare(InsertSql), user);
        return statement.Step()
            ? user with { Version = statement.Int64(0) }
            : throw new VersionConflictException(user.Id, 0, Read(connection, user.Id)?.Version);
    }

    private static IReadOnlyList<StoredUser> InsertMany(Connection connection, StoredUser[] users)
    {
        var stored = new StoredUser[users.Length];
        for (int i = 0; i < stored.Length; i++)
            stored[i] = Insert(connection, users[i]);
        return stored;
    }

    private static StoredUser Update(Connection connection, (StoredUser User, long ExpectedVersion) write)
    {
        Bind(connection.Prepare(UpdateSql), write.User).Bind(6, write.ExpectedVersion).Execute();
        ThrowUnlessChanged(connection, write.User.Id, write.ExpectedVersion);
        return write.User with { Version = write.ExpectedVersion + 1 };
    }

    private static bool Delete(Connection connection, (long Id, long ExpectedVersion) write)
    {
        connection.Prepare("DELETE FROM user WHERE id = ?1 AND version = ?2").Bind(1, write.Id).Bind(2, write.ExpectedVersion).Execute();
        ThrowUnlessChanged(connection, write.Id, write.ExpectedVersion);
        connection.Prepare(ForgetSql).Bind(1, write.Id).Bind(2, write.ExpectedVersion).Execute();
        return true;
    }

    private static long ReserveIds(Connection connection, int count)
    {
        long first = connection.ReadInt64("SELECT max(next_id, (SELECT ifnull(max(id), 0) + 1 FROM user)) FROM user_sequence");
        if (first + count - 1 > StoredUser.MaxId)
            throw new InvalidOperationException($"Fewer than {count} user ids are left.");
        connection.Prepare("UPDATE user_sequence SET next_id = ?1").Bind(1, first + count).Execute();
        return first;
    }

    private static Statement Bind(Statement statement, StoredUser user) =>
        statement.Bind(1, user.Id).Bind(2, user.Name).Bind(3, user.Email).Bind(4, user.CreatedAt).Bind(5, user.Active ? 1 : 0);

    private static void ThrowUnlessChanged(Connection connection, long id, long expectedVersion)
    {
        if (connection.Changes == 0)
            throw new VersionConflictException(id, expectedVersion, Read(connection, id)?.Version);
    }
}
