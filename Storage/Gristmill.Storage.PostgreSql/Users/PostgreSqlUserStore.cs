using System.Runtime.CompilerServices;
using Npgsql;

namespace Gristmill.Storage.PostgreSql;

/// <summary>Users in PostgreSQL. Each write is one statement, and so one round trip. Safe from any thread and from many processes.</summary>
/// <remarks>Readers are read to their end, so that disposing them, and the connection to its pool, waits for nothing.</remarks>
public sealed class PostgreSqlUserStore(PostgreSqlDatabase database) : IUserStore
{
    private const int PageSize = 1024;

    private const string ReadSql = "SELECT id, name, email, created_at, active, version FROM users WHERE id = $1";

    private const string InsertSql = """
        INSERT INTO users (id, name, email, created_at, active, version) VALUES ($1, $2, $3, $4, $5, nextval('user_version'))
        ON CONFLICT (id) DO NOTHING RETURNING version
        """;

    // Without ON CONFLICT: one taken id fails the statement, and with it all of the batch.
    private const string InsertManySql = """
        INSERT INTO users (id, name, email, created_at, active, version)
        SELECT id, name, email, created_at, active, nextval('user_version')
        FROM unnest($1, $2, $3, $4, $5) AS new (id, name, email, created_at, active)
        RETURNING id, version
        """;

    private const string UpdateSql = """
        UPDATE users SET name = $2, email = $3, created_at = $4, active = $5, version = nextval('user_version')
        WHERE id = $1 AND version = $6 RETURNING version
        """;

    // An id that was never reserved must not be handed out after its record is gone; for the others nothing is written but the deletion.
    private const string DeleteSql = """
        WITH gone AS (DELETE FROM users WHERE id = $1 AND version = $2 RETURNING id),
             raised AS (UPDATE user_ids SET next_id = $1 + 1 WHERE next_id <= $1 AND EXISTS (SELECT FROM gone))
        SELECT id FROM gone
        """;

    private const string ReserveSql = """
        UPDATE user_ids SET next_id = greatest(next_id, (SELECT coalesce(max(id), 0) + 1 FROM users)) + $1
        WHERE greatest(next_id, (SELECT coalesce(max(id), 0) + 1 FROM users)) + $1 - 1 <= $2
        RETURNING next_id - $1
        """;

    private const string PageSql = """
        SELECT id, name, email, created_at, active, version FROM users WHERE id > $1 AND id % $2 = $3 ORDER BY id LIMIT $4
        """;

    public ValueTask<StoredUser?> ReadAsync(long id, CancellationToken cancellationToken = default) =>
        database.ReadAsync(id, static (connection, id, cancellation) => FindAsync(connection, id, cancellation), cancellationToken);

    public ValueTask<StoredUser> InsertAsync(StoredUser user, CancellationToken cancellationToken = default)
    {
        StoredUser.Check(user);
        return database.WriteAsync(user, InsertAsync, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<StoredUser>> InsertManyAsync(
        IReadOnlyList<StoredUser> users, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(users);
        StoredUser[] checkedUsers = [.. users];
        foreach (StoredUser user in checkedUsers)
            StoredUser.Check(user);
        return checkedUsers is [] ? [] : await database.WriteAsync(checkedUsers, InsertManyAsync, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<StoredUser> UpdateAsync(StoredUser user, long expectedVersion, CancellationToken cancellationToken = default)
    {
        StoredUser.Check(user);
        return database.WriteAsync((user, expectedVersion), UpdateAsync, cancellationToken);
    }

    public async ValueTask DeleteAsync(long id, long expectedVersion, CancellationToken cancellationToken = default) =>
        await database.WriteAsync((id, expectedVersion), DeleteAsync, cancellationToken).ConfigureAwait(false);

    public ValueTask<long> ReserveIdsAsync(int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return database.WriteAsync(count, ReserveIdsAsync, cancellationToken);
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
            page = await database.ReadAsync((after, partition, partitionCount), ReadPageAsync, cancellationToken).ConfigureAwait(false);
            foreach (StoredUser user in page)
                yield return user;
            after = page.Count > 0 ? page[^1].Id : after;
        }
        while (page.Count == PageSize);
    }

    public ValueTask<long> CountAsync(CancellationToken cancellationToken = default) =>
        database.ReadNumberAsync("SELECT count(*) FROM users", cancellationToken);

    public ValueTask PingAsync(CancellationToken cancellationToken = default) => database.PingAsync(cancellationToken);

    private static async ValueTask<StoredUser?> FindAsync(NpgsqlConnection connection, long id, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = connection.Command(ReadSql, id);
        using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        StoredUser? user = null;
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            user = ReadRow(reader);
        return user;
    }

    private static async ValueTask<List<StoredUser>> ReadPageAsync(
        NpgsqlConnection connection, (long After, int Partition, int PartitionCount) range, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = connection.Command(PageSql, range.After, range.PartitionCount, range.Partition, PageSize);
        using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var page = new List<StoredUser>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            page.Add(ReadRow(reader));
        return page;
    }

    private static StoredUser ReadRow(NpgsqlDataReader row) =>
        new(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetInt64(3), row.GetBoolean(4), row.GetInt64(5));

    private static async ValueTask<StoredUser> InsertAsync(NpgsqlConnection connection, StoredUser user)
    {
        using NpgsqlCommand command = connection.Command(InsertSql, user.Id, user.Name, user.Email, user.CreatedAt, user.Active);
        return await command.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false) is long version
            ? user with { Version = version }
            : throw await ConflictAsync(connection, user.Id, 0).ConfigureAwait(false);
    }

    private static async ValueTask<IReadOnlyList<StoredUser>> InsertManyAsync(NpgsqlConnection connection, StoredUser[] users)
    {
        using NpgsqlCommand command = connection.Command(
            InsertManySql, Column(u => u.Id), Column(u => u.Name), Column(u => u.Email), Column(u => u.CreatedAt), Column(u => u.Active));
        var versions = new Dictionary<long, long>(users.Length);
        try
        {
            using NpgsqlDataReader reader = await command.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
            while (await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false))
                versions.Add(reader.GetInt64(0), reader.GetInt64(1));
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw await FindConflictAsync(connection, users).ConfigureAwait(false);
        }

        return [.. users.Select(user => user with { Version = versions[user.Id] })];

        T[] Column<T>(Func<StoredUser, T> field) => [.. users.Select(field)];
    }

    private static async ValueTask<StoredUser> UpdateAsync(NpgsqlConnection connection, (StoredUser User, long ExpectedVersion) write)
    {
        StoredUser user = write.User;
        using NpgsqlCommand command = connection.Command(
            UpdateSql, user.Id, user.Name, user.Email, user.CreatedAt, user.Active, write.ExpectedVersion);
        return await command.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false) is long version
            ? user with { Version = version }
            : throw await ConflictAsync(connection, user.Id, write.ExpectedVersion).ConfigureAwait(false);
    }

    private static async ValueTask<bool> DeleteAsync(NpgsqlConnection connection, (long Id, long ExpectedVersion) write)
    {
        using NpgsqlCommand command = connection.Command(DeleteSql, write.Id, write.ExpectedVersion);
        return await command.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false) is long
            ? true
            : throw await ConflictAsync(connection, write.Id, write.ExpectedVersion).ConfigureAwait(false);
    }

    private static async ValueTask<long> ReserveIdsAsync(NpgsqlConnection connection, int count)
    {
        using NpgsqlCommand command = connection.Command(ReserveSql, (long)count, StoredUser.MaxId);
        return await command.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false) is long first
            ? first
            : throw new InvalidOperationException($"Fewer than {count} user ids are left.");
    }

    private static async ValueTask<VersionConflictException> ConflictAsync(NpgsqlConnection connection, long id, long expectedVersion) =>
        new(id, expectedVersion, (await FindAsync(connection, id, CancellationToken.None).ConfigureAwait(false))?.Version);

    /// <summary>Which of the ids it was: the first that exists, or else the first that comes twice.</summary>
    private static async ValueTask<VersionConflictException> FindConflictAsync(NpgsqlConnection connection, StoredUser[] users)
    {
        const string FirstTakenSql = "SELECT id, version FROM users WHERE id = ANY ($1) ORDER BY id LIMIT 1";
        using NpgsqlCommand command = connection.Command(FirstTakenSql, users.Select(user => user.Id).ToArray());
        using NpgsqlDataReader reader = await command.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        VersionConflictException? taken = null;
        while (await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false))
            taken = new VersionConflictException(reader.GetInt64(0), 0, reader.GetInt64(1));
        if (taken is not null)
            return taken;
        long repeated = users.GroupBy(user => user.Id).FirstOrDefault(group => group.Count() > 1)?.Key ?? users[0].Id;
        return new VersionConflictException(repeated, 0, null);
    }
}
