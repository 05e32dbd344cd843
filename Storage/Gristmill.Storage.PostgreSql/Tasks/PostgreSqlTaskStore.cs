using System.Collections.Immutable;
using System.Data;
using System.Globalization;
using Npgsql;

namespace Gristmill.Storage.PostgreSql;

/// <summary>
/// Tasks in PostgreSQL. A group is one round trip: its statements are one implicit transaction, whose first one is the fence. Safe from any
/// thread and from many processes.
/// </summary>
public sealed class PostgreSqlTaskStore(PostgreSqlDatabase database) : ITaskStore
{
    private const int ScanLimit = 20_000;
    private const int PurgeScanLimit = 2_000;
    private const string FencedState = "GM001";
    private const string MisfitState = "GM002";
    private const string NoPartitionState = "GM003";

    private const string FenceSql = "SELECT task_fence($1, $2, $3)";

    // FOR UPDATE waits for a transaction of the partition that is still under way.
    private const string PositionSql = "SELECT epoch, seq FROM task_partition WHERE id = $1 FOR UPDATE";
    private const string OpenSql = "UPDATE task_partition SET epoch = epoch + 1 WHERE id = $1 RETURNING epoch, seq";

    private const string LiveSql =
        "SELECT " + TaskRow.ColumnsWithoutLong + " FROM task WHERE part = $1 AND finished_at IS NULL";

    private const string ReadSql = "SELECT " + TaskRow.Columns + " FROM task WHERE id = $1";
    private const string ReadManySql = "SELECT " + TaskRow.Columns + " FROM task WHERE id = ANY ($1)";
    private const string DescribeManySql = "SELECT " + TaskRow.ColumnsWithoutLong + " FROM task WHERE id = ANY ($1)";
    private const string KeySql = "SELECT " + TaskRow.Columns + " FROM task WHERE part = $1 AND idempotency_key = $2";

    // The inner query is read only as far as the outer one needs.
    private const string ListSql = "SELECT " + TaskRow.ColumnsWithoutLong + """
         FROM (SELECT * FROM task WHERE id >= $1 AND id < $2 AND ($3::bigint IS NULL OR owner = $3) ORDER BY id DESC LIMIT $4) scanned
        WHERE ($5::integer IS NULL OR state = $5) AND ($6::text IS NULL OR kind = $6) AND ($7::text IS NULL OR queue = $7)
            AND ($8::text IS NULL OR tags::jsonb ? $8) AND NOT ($9::boolean AND finished_at IS NOT NULL)
        ORDER BY id DESC LIMIT $10
        """;

    private const string ScanEndSql = """
        SELECT id FROM task WHERE id >= $1 AND id < $2 AND ($3::bigint IS NULL OR owner = $3) ORDER BY id DESC OFFSET $4 - 1 LIMIT 1
        """;

    private const string PurgeSql = """
        WITH scanned AS MATERIALIZED (
                 SELECT id, state, finished_at, idempotency_key FROM task WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3),
             gone AS (
                 DELETE FROM task USING scanned
                 WHERE task.id = scanned.id AND scanned.finished_at < CASE scanned.state WHEN 4 THEN $5 ELSE $4 END
                     AND (scanned.idempotency_key IS NULL OR scanned.id < $6)
                 RETURNING 1)
        SELECT (SELECT count(*) FROM gone),
            CASE WHEN (SELECT count(*) FROM scanned) = $3 THEN (SELECT id FROM scanned ORDER BY id DESC LIMIT 1) END
        """;

    public async ValueTask InitializeAsync(int partitionCount, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitionCount, 1);
        await database.WriteAsync(partitionCount, InitializeAsync, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<PartitionPosition> OpenPartitionAsync(int partition, CancellationToken cancellationToken = default) =>
        database.WriteAsync(
            partition,
            static (connection, partition) => ReadPositionAsync(connection, OpenSql, partition, CancellationToken.None),
            cancellationToken);

    public ValueTask<PartitionPosition> ReadPositionAsync(int partition, CancellationToken cancellationToken = default) =>
        database.ReadAsync(
            partition,
            static (connection, partition, cancellation) => ReadPositionAsync(connection, PositionSql, partition, cancellation),
            cancellationToken);

    public async ValueTask CommitAsync(TaskGroup group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(group);
        group.Check();
        await database.WriteAsync(group, WriteAsync, cancellationToken).ConfigureAwait(false);
    }

    public IAsyncEnumerable<StoredTask> EnumerateLiveAsync(int partition, CancellationToken cancellationToken = default) =>
        database.StreamAsync(connection => connection.Command(LiveSql, partition), TaskRow.Read, cancellationToken);

    public ValueTask<StoredTask?> ReadAsync(TaskId id, CancellationToken cancellationToken = default) =>
        database.ReadAsync(
            id,
            static async (connection, id, cancellation) =>
                (await ReadRowsAsync(connection.Command(ReadSql, TaskRow.Key(id)), cancellation).ConfigureAwait(false)).SingleOrDefault(),
            cancellationToken);

    public ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> ReadManyAsync(
        IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default) =>
        ReadManyAsync(ReadManySql, ids, cancellationToken);

    public ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> DescribeManyAsync(
        IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default) =>
        ReadManyAsync(DescribeManySql, ids, cancellationToken);

    public ValueTask<StoredTask?> FindByKeyAsync(int partition, string idempotencyKey, CancellationToken cancellationToken = default) =>
        database.ReadAsync(
            (partition, idempotencyKey),
            static async (connection, key, cancellation) =>
                (await ReadRowsAsync(connection.Command(KeySql, key.partition, key.idempotencyKey), cancellation).ConfigureAwait(false)).SingleOrDefault(),
            cancellationToken);

    public ValueTask<TaskPage> ListAsync(TaskFilter filter, TaskId? before, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return database.ReadAsync((filter, before, limit), ListAsync, cancellationToken);
    }

    public ValueTask<ImmutableArray<StoredQueueSettings>> ReadQueuesAsync(CancellationToken cancellationToken = default) =>
        database.ReadAsync(0, QueueRow.ReadAllAsync, cancellationToken);

    public async ValueTask WriteQueueAsync(StoredQueueSettings queue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(queue);
        queue.Check();
        await database.WriteAsync(queue, QueueRow.WriteAsync, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<ImmutableArray<StoredSchedule>> ReadSchedulesAsync(int partition, CancellationToken cancellationToken = default) =>
        database.ReadAsync(partition, ScheduleRow.ReadOfPartitionAsync, cancellationToken);

    public ValueTask<ImmutableArray<StoredSchedule>> ListSchedulesAsync(string? after, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return database.ReadAsync((after, limit), ScheduleRow.ListAsync, cancellationToken);
    }

    public ValueTask<TaskPurge> PurgeAsync(TaskRetention retention, TaskId? after, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(retention);
        return database.WriteAsync((retention, after), PurgeAsync, cancellationToken);
    }

    public ValueTask PingAsync(CancellationToken cancellationToken = default) => database.PingAsync(cancellationToken);

    private ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> ReadManyAsync(
        string sql, IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return database.ReadAsync<(string Sql, Guid[] Keys), IReadOnlyDictionary<TaskId, StoredTask>>(
            (sql, [.. ids.Select(TaskRow.Key)]),
            static async (connection, query, cancellation) =>
                (await ReadRowsAsync(connection.Command(query.Sql, query.Keys), cancellation).ConfigureAwait(false)).ToDictionary(task => task.Id),
            cancellationToken);
    }

    private static async ValueTask<bool> InitializeAsync(NpgsqlConnection connection, int partitionCount)
    {
        // Processes that start together all try to add the partitions, one after the other; the first one's stay.
        const string AddSql = """
            INSERT INTO task_partition (id, epoch, seq) SELECT n, 0, 0 FROM generate_series(0, $1 - 1) AS n
            WHERE NOT EXISTS (SELECT FROM task_partition)
            """;
        using (var batch = new NpgsqlBatch(connection))
        {
            batch.Add(PostgreSqlMigrations.LockSql);
            batch.Add(AddSql, partitionCount);
            await batch.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }

        using NpgsqlCommand count = connection.Command("SELECT count(*) FROM task_partition");
        int found = (int)(long)(await count.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false))!;
        return found == partitionCount ? true : throw new PartitionCountException(found, partitionCount);
    }

    private static async ValueTask<PartitionPosition> ReadPositionAsync(
        NpgsqlConnection connection, string sql, int partition, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = connection.Command(sql, partition);
        using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        PartitionPosition? position = null;
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            position = new PartitionPosition(reader.GetInt64(0), reader.GetInt64(1));
        return position ?? throw new ArgumentOutOfRangeException(nameof(partition), partition, "There is no such partition.");
    }

    private static async ValueTask<bool> WriteAsync(NpgsqlConnection connection, TaskGroup group)
    {
        (List<StoredTask> inserts, List<TaskUpdate> updates) = group.Coalesce();
        using var batch = new NpgsqlBatch(connection);
        batch.Add(FenceSql, group.Partition, group.Epoch, group.Sequence);
        if (inserts.Count > 0)
            batch.Add(TaskRow.InsertSql, TaskRow.InsertColumns(inserts));
        if (updates.Count > 0)
            batch.Add(TaskRow.UpdateSql, TaskRow.UpdateColumns(updates));
        foreach (ScheduleChange change in group.Schedules)
            ScheduleRow.Add(batch, group.Partition, change);
        try
        {
            await batch.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException e)
        {
            throw e.SqlState switch
            {
                FencedState => new PartitionFencedException(
                    group.Partition, new PartitionPosition(group.Epoch, group.Sequence - 1), ParsePosition(e.MessageText)),
                MisfitState => new InvalidOperationException($"A task of partition {group.Partition} is not there, or over.", e),
                NoPartitionState => new ArgumentOutOfRangeException(nameof(group), group.Partition, "There is no such partition."),
                PostgresErrorCodes.UniqueViolation => new InvalidOperationException("A task or its idempotency key exists.", e),
                _ => e,
            };
        }
    }

    private static PartitionPosition ParsePosition(string message)
    {
        string[] numbers = message.Split(' ');
        return new PartitionPosition(long.Parse(numbers[0], CultureInfo.InvariantCulture), long.Parse(numbers[1], CultureInfo.InvariantCulture));
    }

    private static async ValueTask<TaskPage> ListAsync(
        NpgsqlConnection connection, (TaskFilter Filter, TaskId? Before, int Limit) query, CancellationToken cancellationToken)
    {
        TaskFilter filter = query.Filter;
        (Guid lowest, Guid below) = (TaskRow.Key(filter.LowestId), TaskRow.Key(filter.Below(query.Before)));
        // One snapshot for both statements: where a page ends is counted in the rows that it was read from.
        using NpgsqlTransaction snapshot =
            await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
        List<StoredTask> found = await ReadRowsAsync(
            connection.Command(
                ListSql, lowest, below, filter.Owner, ScanLimit, (int?)filter.State, filter.Kind, filter.Queue, filter.Tag, filter.IsLive, (long)query.Limit + 1),
            cancellationToken).ConfigureAwait(false);
        ImmutableArray<StoredTask> page = [.. found.Take(query.Limit).Select(task => task with { Input = default })];
        TaskId? next = found.Count > query.Limit ? page[^1].Id : await ScanEndAsync().ConfigureAwait(false);
        await snapshot.CommitAsync(cancellationToken).ConfigureAwait(false);
        return new TaskPage(page, next);

        // Of a short page: either all has been looked at, or as much as one call may.
        async ValueTask<TaskId?> ScanEndAsync()
        {
            using NpgsqlCommand end = connection.Command(ScanEndSql, lowest, below, filter.Owner, ScanLimit);
            return await end.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is Guid last ? TaskRow.Id(last) : null;
        }
    }

    private static async ValueTask<TaskPurge> PurgeAsync(NpgsqlConnection connection, (TaskRetention Retention, TaskId? After) query)
    {
        TaskRetention retention = query.Retention;
        using NpgsqlCommand command = connection.Command(
            PurgeSql, TaskRow.Key(query.After ?? default), TaskRow.Key(retention.Below), PurgeScanLimit, retention.FinishedBefore.UtcDateTime,
            retention.FailedBefore.UtcDateTime, TaskRow.Key(TaskFilter.FirstOf(retention.KeyedBefore)));
        using NpgsqlDataReader reader = await command.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        var purge = default(TaskPurge);
        while (await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false))
            purge = new TaskPurge((int)reader.GetInt64(0), reader.IsDBNull(1) ? null : TaskRow.Id(reader.GetGuid(1)));
        return purge;
    }

    private static async ValueTask<List<StoredTask>> ReadRowsAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        using (command)
        {
            using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            var tasks = new List<StoredTask>();
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                tasks.Add(TaskRow.Read(reader));
            return tasks;
        }
    }
}
