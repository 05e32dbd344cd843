using System.Buffers.Binary;
using Npgsql;
using NpgsqlTypes;

namespace Gristmill.Storage.PostgreSql;

/// <summary>How a <see cref="StoredTask"/> lies in a row of <c>task</c>: a group's rows travel as one array per column.</summary>
internal static class TaskRow
{
    /// <summary>Longer inputs are left out where many tasks are read.</summary>
    private const string MaxInlineInput = "512";

    private const string Fixed = """
        id, kind, queue, queue_key, priority, owner, tags, format, timeout_ms, max_attempts, deadline, retry_of, idempotency_key, body_hash,
        state, due_at, grant_number, executor, failures, crashes, cancel_requested, started_at, finished_at, error, history, input_length
        """;

    public const string Columns = Fixed + ", input, output";

    public const string ColumnsWithoutLong = Fixed + ", CASE WHEN input_length <= " + MaxInlineInput + " THEN input END, NULL";

    public const string InsertSql = """
        INSERT INTO task (
            id, state, due_at, grant_number, executor, failures, crashes, cancel_requested, started_at, finished_at, error, history, output,
            part, kind, queue, queue_key, priority, owner, tags, format, timeout_ms, max_attempts, deadline, retry_of, idempotency_key, body_hash,
            input_length, input)
        SELECT * FROM unnest(
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)
        """;

    // finished_at is in every update, and stays null until the last: PostgreSQL compares values, and keeps the indexes when they are the same.
    public const string UpdateSql = """
        WITH changed AS (
            UPDATE task SET state = new.state, due_at = new.due_at, grant_number = new.grant_number, executor = new.executor,
                failures = new.failures, crashes = new.crashes, cancel_requested = new.cancel_requested, started_at = new.started_at,
                finished_at = new.finished_at, error = new.error, history = new.history, output = new.output
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) AS new (
                id, state, due_at, grant_number, executor, failures, crashes, cancel_requested, started_at, finished_at, error, history, output)
            WHERE task.id = new.id AND task.finished_at IS NULL
            RETURNING 1)
        SELECT task_expect((SELECT count(*) FROM changed), cardinality($1))
        """;

    /// <summary>The 16 bytes of the id as a uuid, which sorts the same way.</summary>
    public static Guid Key(TaskId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, id.Value);
        return new Guid(bytes, bigEndian: true);
    }

    public static TaskId Id(Guid key)
    {
        Span<byte> bytes = stackalloc byte[16];
        key.TryWriteBytes(bytes, bigEndian: true, out _);
        return new TaskId(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    public static NpgsqlParameter[] InsertColumns(List<StoredTask> tasks) =>
    [
        .. ProgressColumns(tasks, task => task.Id, task => task.Progress),
        Column(NpgsqlDbType.Integer, tasks, task => task.Id.Partition),
        Column(NpgsqlDbType.Text, tasks, task => task.Kind),
        Column(NpgsqlDbType.Text, tasks, task => task.Queue),
        Column(NpgsqlDbType.Text, tasks, task => task.QueueKey),
        Column(NpgsqlDbType.Integer, tasks, task => task.Priority),
        Column(NpgsqlDbType.Bigint, tasks, task => task.Owner),
        Column(NpgsqlDbType.Text, tasks, task => TaskText.WriteTags(task.Tags)),
        Column(NpgsqlDbType.Integer, tasks, task => (int)task.Format),
        Column(NpgsqlDbType.Bigint, tasks, task => (long)task.Timeout.TotalMilliseconds),
        Column(NpgsqlDbType.Integer, tasks, task => task.MaxAttempts),
        Column(NpgsqlDbType.TimestampTz, tasks, task => task.Deadline?.UtcDateTime),
        Column(NpgsqlDbType.Uuid, tasks, task => task.RetryOf is { } id ? Key(id) : (Guid?)null),
        Column(NpgsqlDbType.Text, tasks, task => task.IdempotencyKey),
        Column(NpgsqlDbType.Bytea, tasks, task => task.BodyHash.IsEmpty ? null : task.BodyHash.ToArray()),
        Column(NpgsqlDbType.Integer, tasks, task => task.InputLength),
        Column(NpgsqlDbType.Bytea, tasks, task => task.Input.ToArray()),
    ];

    public static NpgsqlParameter[] UpdateColumns(List<TaskUpdate> updates) =>
        ProgressColumns(updates, update => update.Id, update => update.Progress);

    public static StoredTask Read(NpgsqlDataReader row) => new()
    {
        Id = Id(row.GetGuid(0)),
        Kind = row.GetString(1),
        Queue = row.GetString(2),
        QueueKey = Text(row, 3),
        Priority = row.GetInt32(4),
        Owner = row.IsDBNull(5) ? null : row.GetInt64(5),
        Tags = TaskText.ReadTags(Text(row, 6)),
        Format = (PayloadFormat)row.GetInt32(7),
        Timeout = TimeSpan.FromMilliseconds(row.GetInt64(8)),
        MaxAttempts = row.GetInt32(9),
        Deadline = Time(row, 10),
        RetryOf = row.IsDBNull(11) ? null : Id(row.GetGuid(11)),
        IdempotencyKey = Text(row, 12),
        BodyHash = Bytes(row, 13),
        InputLength = row.GetInt32(25),
        Input = Bytes(row, 26),
        Progress = new TaskProgress
        {
            State = (TaskState)row.GetInt32(14),
            DueAt = Time(row, 15)!.Value,
            Grant = row.GetInt64(16),
            Executor = Text(row, 17),
            Failures = row.GetInt32(18),
            Crashes = row.GetInt32(19),
            CancelRequested = row.GetBoolean(20),
            StartedAt = Time(row, 21),
            FinishedAt = Time(row, 22),
            Error = TaskText.ReadError(Text(row, 23)),
            History = TaskText.ReadHistory(Text(row, 24)),
            Output = Bytes(row, 27),
        },
    };

    private static NpgsqlParameter[] ProgressColumns<T>(List<T> rows, Func<T, TaskId> id, Func<T, TaskProgress> progress) =>
    [
        Column(NpgsqlDbType.Uuid, rows, row => Key(id(row))),
        Column(NpgsqlDbType.Integer, rows, row => (int)progress(row).State),
        Column(NpgsqlDbType.TimestampTz, rows, row => progress(row).DueAt.UtcDateTime),
        Column(NpgsqlDbType.Bigint, rows, row => progress(row).Grant),
        Column(NpgsqlDbType.Text, rows, row => progress(row).Executor),
        Column(NpgsqlDbType.Integer, rows, row => progress(row).Failures),
        Column(NpgsqlDbType.Integer, rows, row => progress(row).Crashes),
        Column(NpgsqlDbType.Boolean, rows, row => progress(row).CancelRequested),
        Column(NpgsqlDbType.TimestampTz, rows, row => progress(row).StartedAt?.UtcDateTime),
        Column(NpgsqlDbType.TimestampTz, rows, row => progress(row).FinishedAt?.UtcDateTime),
        Column(NpgsqlDbType.Text, rows, row => TaskText.WriteError(progress(row).Error)),
        Column(NpgsqlDbType.Text, rows, row => TaskText.WriteHistory(progress(row).History)),
        Column(NpgsqlDbType.Bytea, rows, row => progress(row).Output.IsEmpty ? null : progress(row).Output.ToArray()),
    ];

    private static NpgsqlParameter Column<T, TValue>(NpgsqlDbType type, List<T> rows, Func<T, TValue> value)
    {
        var values = new TValue[rows.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = value(rows[i]);
        return new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type, Value = values };
    }

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static byte[]? Bytes(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : new DateTimeOffset(row.GetDateTime(column), TimeSpan.Zero);
}
