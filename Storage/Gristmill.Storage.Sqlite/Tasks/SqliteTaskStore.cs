using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Gristmill.Storage.Sqlite;

/// <summary>
/// Tasks in SQLite. The groups of all partitions that arrive together share a commit; a group that is fenced drops out of it alone. Safe from
/// any thread.
/// </summary>
public sealed class SqliteTaskStore(SqliteDatabase database) : ITaskStore
{
    private const int LivePageSize = 1_000;
    private const int ScanLimit = 20_000;
    private const int PurgeScanLimit = 2_000;

    private const string AddPartitionsSql = """
        WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n + 1 < ?1)
        INSERT INTO task_partition (id, epoch, seq) SELECT n, 0, 0 FROM number
        """;

    private const string OpenSql = "UPDATE task_partition SET epoch = epoch + 1 WHERE id = ?1";
    private const string PositionSql = "SELECT epoch, seq FROM task_partition WHERE id = ?1";
    private const string FenceSql = "UPDATE task_partition SET seq = ?3 WHERE id = ?1 AND epoch = ?2 AND seq = ?3 - 1";

    private const string LiveSql =
        "SELECT rowid, " + TaskRow.Columns + " FROM task WHERE part = ?1 AND finished_at IS NULL AND rowid > ?2 ORDER BY rowid LIMIT ?3";

    private const string ReadSql = "SELECT 0, " + TaskRow.Columns + ", output FROM task WHERE id = ?1";
    private const string DescribeSql = "SELECT 0, " + TaskRow.Columns + " FROM task WHERE id = ?1";
    private const string InputSql = "SELECT bytes FROM task_input WHERE id = ?1";
    private const string KeySql = "SELECT 0, " + TaskRow.Columns + ", output FROM task WHERE part = ?1 AND idempotency_key = ?2";
    private const string ListSql = "SELECT 0, " + TaskRow.Columns + " FROM task WHERE id >= ?1 AND id < ?2 ORDER BY id DESC";
    private const string ListOfOwnerSql = "SELECT 0, " + TaskRow.Columns + " FROM task WHERE owner = ?3 AND id >= ?1 AND id < ?2 ORDER BY id DESC";

    private const string OldSql = """
        SELECT id, state, finished_at, idempotency_key IS NOT NULL FROM task WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3
        """;

    public async ValueTask InitializeAsync(int partitionCount, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitionCount, 1);
        await database.Writer.WriteAsync(partitionCount, Initialize, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<PartitionPosition> OpenPartitionAsync(int partition, CancellationToken cancellationToken = default) =>
        database.Writer.WriteAsync(
            partition,
            static (connection, partition) =>
            {
                connection.Prepare(OpenSql).Bind(1, partition).Execute();
                return ReadPosition(connection, partition);
            },
            cancellationToken);

    // Through the writer, so that the answer lies behind every group sent before.
    public ValueTask<PartitionPosition> ReadPositionAsync(int partition, CancellationToken cancellationToken = default) =>
        database.Writer.WriteAsync(partition, ReadPosition, cancellationToken);

    public async ValueTask CommitAsync(TaskGroup group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(group);
        group.Check();
        await database.Writer.WriteAsync(group, Write, cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<StoredTask> EnumerateLiveAsync(
        int partition, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        (List<StoredTask> Tasks, long LastRow) page = ([], 0);
        do
        {
            page = await database.Readers.ReadAsync((partition, page.LastRow), ReadLivePage, cancellationToken).ConfigureAwait(false);
            foreach (StoredTask task in page.Tasks)
                yield return task;
        }
        while (page.Tasks.Count == LivePageSize);
    }

    public ValueTask<StoredTask?> ReadAsync(TaskId id, CancellationToken cancellationToken = default) =>
        database.Readers.ReadAsync(id, Read, cancellationToken);

    public ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> ReadManyAsync(
        IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default) => ReadManyAsync(ids, Read, cancellationToken);

    public ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> DescribeManyAsync(
        IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default) => ReadManyAsync(ids, Describe, cancellationToken);

    public ValueTask<StoredTask?> FindByKeyAsync(int partition, string idempotencyKey, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(idempotencyKey);
        return database.Readers.ReadAsync(
            (partition, idempotencyKey),
            static (connection, key) =>
            {
                using Statement row = connection.Prepare(KeySql).Bind(1, key.partition).Bind(2, key.idempotencyKey);
                return row.Step() ? TaskRow.Read(row, withOutput: true) : null;
            },
            cancellationToken);
    }

    public ValueTask<TaskPage> ListAsync(TaskFilter filter, TaskId? before, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return database.Readers.ReadAsync((filter, before, limit), List, cancellationToken);
    }

    public ValueTask<ImmutableArray<StoredQueueSettings>> ReadQueuesAsync(CancellationToken cancellationToken = default) =>
        database.Readers.ReadAsync(0, QueueRow.ReadAll, cancellationToken);

    public async ValueTask WriteQueueAsync(StoredQueueSettings queue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(queue);
        queue.Check();
        await database.Writer.WriteAsync(queue, QueueRow.Write, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<ImmutableArray<StoredSchedule>> ReadSchedulesAsync(int partition, CancellationToken cancellationToken = default) =>
        database.Readers.ReadAsync(partition, ScheduleRow.ReadOfPartition, cancellationToken);

    public ValueTask<ImmutableArray<StoredSchedule>> ListSchedulesAsync(string? after, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return database.Readers.ReadAsync((after, limit), ScheduleRow.List, cancellationToken);
    }

    public async ValueTask<TaskPurge> PurgeAsync(TaskRetention retention, TaskId? after, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(retention);
        // Looked for beside the writer: a task that is over does not change, so what is found stays true.
        (List<TaskId> old, TaskId? next) = await database.Readers.ReadAsync((retention, after), FindOld, cancellationToken).ConfigureAwait(false);
        if (old.Count > 0)
            await database.Writer.WriteAsync(old, Delete, cancellationToken).ConfigureAwait(false);
        return new TaskPurge(old.Count, next);
    }

    public ValueTask PingAsync(CancellationToken cancellationToken = default) => database.PingAsync(cancellationToken);

    private static bool Initialize(Connection connection, int partitionCount)
    {
        int found = (int)connection.ReadInt64("SELECT count(*) FROM task_partition");
        if (found == 0)
            connection.Prepare(AddPartitionsSql).Bind(1, partitionCount).Execute();
        else if (found != partitionCount)
            throw new PartitionCountException(found, partitionCount);
        return true;
    }

    private static PartitionPosition ReadPosition(Connection connection, int partition)
    {
        using Statement row = connection.Prepare(PositionSql).Bind(1, partition);
        return row.Step()
            ? new PartitionPosition(row.Int64(0), row.Int64(1))
            : throw new ArgumentOutOfRangeException(nameof(partition), partition, "There is no such partition.");
    }

    private static bool Write(Connection connection, TaskGroup group)
    {
        connection.Prepare(FenceSql).Bind(1, group.Partition).Bind(2, group.Epoch).Bind(3, group.Sequence).Execute();
        if (connection.Changes == 0)
        {
            throw new PartitionFencedException(
                group.Partition, new PartitionPosition(group.Epoch, group.Sequence - 1), ReadPosition(connection, group.Partition));
        }

        foreach (TaskChange change in group.Changes)
            TaskRow.Write(connection, change);
        foreach (ScheduleChange change in group.Schedules)
            ScheduleRow.Write(connection, group.Partition, change);
        return true;
    }

    private static (List<StoredTask> Tasks, long LastRow) ReadLivePage(Connection connection, (int Partition, long AfterRow) position)
    {
        var tasks = new List<StoredTask>(LivePageSize);
        long last = position.AfterRow;
        using Statement row = connection.Prepare(LiveSql).Bind(1, position.Partition).Bind(2, last).Bind(3, LivePageSize);
        while (row.Step())
        {
            last = row.Int64(0);
            tasks.Add(TaskRow.Read(row, withOutput: false));
        }

        return (tasks, last);
    }

    private static StoredTask? Read(Connection connection, TaskId id)
    {
        StoredTask? task;
        using (Statement row = connection.Prepare(ReadSql).Bind(1, id))
            task = row.Step() ? TaskRow.Read(row, withOutput: true) : null;
        if (task is null || task.HasInput)
            return task;

        // The input is written once, and goes only together with its task.
        using Statement input = connection.Prepare(InputSql).Bind(1, id);
        return input.Step() ? task with { Input = input.Bytes(0).ToArray() } : null;
    }

    private static StoredTask? Describe(Connection connection, TaskId id)
    {
        using Statement row = connection.Prepare(DescribeSql).Bind(1, id);
        return row.Step() ? TaskRow.Read(row, withOutput: false) : null;
    }

    // Nothing goes between a process and its SQLite: a statement for each costs as little as one for all.
    private ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> ReadManyAsync(
        IReadOnlyCollection<TaskId> ids, Func<Connection, TaskId, StoredTask?> read, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return database.Readers.ReadAsync((ids, read), ReadMany, cancellationToken);
    }

    private static IReadOnlyDictionary<TaskId, StoredTask> ReadMany(
        Connection connection, (IReadOnlyCollection<TaskId> Ids, Func<Connection, TaskId, StoredTask?> Read) query)
    {
        var found = new Dictionary<TaskId, StoredTask>(query.Ids.Count);
        foreach (TaskId id in query.Ids)
        {
            if (query.Read(connection, id) is { } task)
                found[id] = task;
        }

        return found;
    }

    private static TaskPage List(Connection connection, (TaskFilter Filter, TaskId? Before, int Limit) query)
    {
        TaskFilter filter = query.Filter;
        using Statement row = connection.Prepare(filter.Owner is null ? ListSql : ListOfOwnerSql)
            .Bind(1, filter.LowestId).Bind(2, filter.Below(query.Before));
        if (filter.Owner is { } owner)
            row.Bind(3, owner);

        ImmutableArray<StoredTask>.Builder found = ImmutableArray.CreateBuilder<StoredTask>();
        TaskId? last = null;
        for (int scanned = 0; row.Step(); scanned++)
        {
            if (found.Count == query.Limit || scanned == ScanLimit)
                return new TaskPage(found.ToImmutable(), last);
            StoredTask task = TaskRow.Read(row, withOutput: false);
            last = task.Id;
            if (filter.Matches(task))
                found.Add(task with { Input = default });
        }

        return new TaskPage(found.ToImmutable(), null);
    }

    private static (List<TaskId> Old, TaskId? Next) FindOld(Connection connection, (TaskRetention Retention, TaskId? After) query)
    {
        TaskRetention retention = query.Retention;
        var old = new List<TaskId>();
        TaskId? last = null;
        int scanned = 0;
        using Statement row = connection.Prepare(OldSql).Bind(1, query.After ?? default).Bind(2, retention.Below).Bind(3, PurgeScanLimit);
        while (row.Step())
        {
            scanned++;
            TaskId id = row.TaskId(0);
            last = id;
            DateTimeOffset? finished = row.IsNull(2) ? null : row.Time(2);
            if (retention.Covers(id, (TaskState)row.Int64(1), finished, hasKey: row.Int64(3) != 0))
                old.Add(id);
        }

        return (old, scanned == PurgeScanLimit ? last : null);
    }

    private static bool Delete(Connection connection, List<TaskId> ids)
    {
        foreach (TaskId id in ids)
        {
            connection.Prepare("DELETE FROM task_input WHERE id = ?1").Bind(1, id).Execute();
            connection.Prepare("DELETE FROM task WHERE id = ?1").Bind(1, id).Execute();
        }

        return true;
    }
}
