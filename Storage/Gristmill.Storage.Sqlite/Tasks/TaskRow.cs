namespace Gristmill.Storage.Sqlite;

/// <summary>How a <see cref="StoredTask"/> lies in a row of <c>task</c>.</summary>
internal static class TaskRow
{
    /// <summary>Longer inputs have a table of their own. Up to here several rows fit a page.</summary>
    public const int MaxInlineInput = 512;

    /// <summary>What <see cref="Read"/> takes, in this order, with one column before it.</summary>
    public const string Columns = """
        id, kind, queue, queue_key, priority, owner, tags, format, timeout_ms, max_attempts, deadline, retry_of, idempotency_key, body_hash,
        state, due_at, grant_number, executor, failures, crashes, cancel_requested, started_at, finished_at, input_length, input, error, history
        """;

    // In all three, 1 to 13 are the id and the progress.
    private const string InsertSql = """
        INSERT INTO task (
            id, state, due_at, grant_number, executor, failures, crashes, cancel_requested, started_at, error, history, finished_at, output,
            part, kind, queue, queue_key, priority, owner, tags, format, timeout_ms, max_attempts, deadline, retry_of, idempotency_key, body_hash,
            input_length, input)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29)
        """;

    // Does not name finished_at, so that SQLite leaves the index of live tasks alone.
    private const string UpdateSql = """
        UPDATE task SET state = ?2, due_at = ?3, grant_number = ?4, executor = ?5, failures = ?6, crashes = ?7, cancel_requested = ?8,
            started_at = ?9, error = ?10, history = ?11
        WHERE id = ?1 AND finished_at IS NULL
        """;

    private const string FinishSql = """
        UPDATE task SET state = ?2, due_at = ?3, grant_number = ?4, executor = ?5, failures = ?6, crashes = ?7, cancel_requested = ?8,
            started_at = ?9, error = ?10, history = ?11, finished_at = ?12, output = ?13
        WHERE id = ?1 AND finished_at IS NULL
        """;

    private const string InsertInputSql = "INSERT INTO task_input (id, bytes) VALUES (?1, ?2)";

    /// <exception cref="InvalidOperationException">The change does not fit what is stored.</exception>
    public static void Write(Connection connection, TaskChange change)
    {
        switch (change)
        {
            case TaskInsert { Task: var task }:
                Insert(connection, task);
                break;
            case TaskUpdate { Progress: var progress }:
                bool isOver = progress.State.IsTerminal();
                BindProgress(connection.Prepare(isOver ? FinishSql : UpdateSql), change.Id, progress, isOver).Execute();
                if (connection.Changes == 0)
                    throw new InvalidOperationException($"Task {change.Id} is not there, or over.");
                break;
        }
    }

    public static StoredTask Read(Statement row, bool withOutput)
    {
        int inputLength = (int)row.Int64(24);
        return new StoredTask
        {
            Id = row.TaskId(1),
            Kind = row.Text(2),
            Queue = row.Text(3),
            QueueKey = row.TextOrNull(4),
            Priority = (int)row.Int64(5),
            Owner = row.IsNull(6) ? null : row.Int64(6),
            Tags = TaskText.ReadTags(row.TextOrNull(7)),
            Format = (PayloadFormat)row.Int64(8),
            Timeout = TimeSpan.FromMilliseconds(row.Int64(9)),
            MaxAttempts = (int)row.Int64(10),
            Deadline = row.TimeOrNull(11),
            RetryOf = row.IsNull(12) ? null : row.TaskId(12),
            IdempotencyKey = row.TextOrNull(13),
            BodyHash = row.IsNull(14) ? default : row.Bytes(14).ToArray(),
            InputLength = inputLength,
            Input = row.IsNull(25) ? default : row.Bytes(25).ToArray(),
            Progress = new TaskProgress
            {
                State = (TaskState)row.Int64(15),
                DueAt = row.Time(16),
                Grant = row.Int64(17),
                Executor = row.TextOrNull(18),
                Failures = (int)row.Int64(19),
                Crashes = (int)row.Int64(20),
                CancelRequested = row.Int64(21) != 0,
                StartedAt = row.TimeOrNull(22),
                FinishedAt = row.TimeOrNull(23),
                Error = TaskText.ReadError(row.TextOrNull(26)),
                History = TaskText.ReadHistory(row.TextOrNull(27)),
                Output = withOutput ? row.Bytes(28).ToArray() : default,
            },
        };
    }

    private static void Insert(Connection connection, StoredTask task)
    {
        bool isLong = task.InputLength > MaxInlineInput;
        Statement insert = BindProgress(connection.Prepare(InsertSql), task.Id, task.Progress, isOver: true)
            .Bind(14, task.Id.Partition).Bind(15, task.Kind).Bind(16, task.Queue).Bind(17, task.QueueKey).Bind(18, task.Priority)
            .Bind(19, task.Owner).Bind(20, TaskText.WriteTags(task.Tags)).Bind(21, (long)task.Format)
            .Bind(22, (long)task.Timeout.TotalMilliseconds).Bind(23, task.MaxAttempts).Bind(24, task.Deadline)
            .Bind(26, task.IdempotencyKey).Bind(28, task.InputLength);
        _ = task.RetryOf is { } retryOf ? insert.Bind(25, retryOf) : insert.BindNull(25);
        _ = task.BodyHash.IsEmpty ? insert.BindNull(27) : insert.Bind(27, task.BodyHash.Span);
        _ = isLong ? insert.BindNull(29) : insert.Bind(29, task.Input.Span);
        try
        {
            insert.Execute();
        }
        catch (SqliteException e) when (e.IsConstraint)
        {
            throw new InvalidOperationException($"Task {task.Id} or its idempotency key exists.", e);
        }

        if (isLong)
            connection.Prepare(InsertInputSql).Bind(1, task.Id).Bind(2, task.Input.Span).Execute();
    }

    private static Statement BindProgress(Statement statement, TaskId id, TaskProgress progress, bool isOver)
    {
        statement.Bind(1, id).Bind(2, (long)progress.State).Bind(3, progress.DueAt).Bind(4, progress.Grant).Bind(5, progress.Executor)
            .Bind(6, progress.Failures).Bind(7, progress.Crashes).Bind(8, progress.CancelRequested ? 1 : 0).Bind(9, progress.StartedAt)
            .Bind(10, TaskText.WriteError(progress.Error)).Bind(11, TaskText.WriteHistory(progress.History));
        if (isOver)
            statement.Bind(12, progress.FinishedAt).Bind(13, progress.Output.Span);
        return statement;
    }
}
