using SQLitePCL;

namespace Gristmill.Storage.Sqlite;

/// <summary>
/// One SQLite connection with its prepared statements, which live as long as it does. Used by one thread at a time. Thin on purpose: a
/// statement costs what SQLite takes for it.
/// </summary>
internal sealed class Connection : IDisposable
{
    private const int PreparePersistent = 1;
    private const int CacheWriteStatus = 9;
    private const int BusyTimeoutMs = 5_000;

    private readonly sqlite3 _handle;

    // By reference: the texts are constants.
    private readonly Dictionary<string, Statement> _statements = new(ReferenceEqualityComparer.Instance);

    static Connection() => Batteries_V2.Init();

    private Connection(sqlite3 handle) => _handle = handle;

    /// <summary>True while no transaction is open.</summary>
    public bool IsAutoCommit => raw.sqlite3_get_autocommit(_handle) != 0;

    /// <summary>Rows that the last statement inserted, changed or deleted.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    public static Connection OpenReadWrite(string path, bool create) =>
        Open(path, raw.SQLITE_OPEN_READWRITE | (create ? raw.SQLITE_OPEN_CREATE : 0));

    public static Connection OpenReadOnly(string path) => Open(path, raw.SQLITE_OPEN_READONLY);

    /// <summary>Opens for reading with URI parameters such as <c>immutable=1</c>.</summary>
    public static Connection OpenReadOnly(string path, string uriParameters) =>
        Open(new Uri(path).AbsoluteUri + "?" + uriParameters, raw.SQLITE_OPEN_READONLY | raw.SQLITE_OPEN_URI);

    /// <summary>The prepared form of a constant text, ready to bind. One use at a time.</summary>
    public Statement Prepare(string sql)
    {
        if (_statements.TryGetValue(sql, out Statement? statement))
            return statement;
        Check(raw.sqlite3_prepare_v3(_handle, sql, PreparePersistent, out sqlite3_stmt handle));
        statement = new Statement(this, handle);
        _statements.Add(sql, statement);
        return statement;
    }

    /// <summary>Runs a text of any number of statements, without results.</summary>
    public void Run(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    /// <summary>Runs a constant statement without parameters, prepared.</summary>
    public void Execute(string sql) => Prepare(sql).Execute();

    /// <summary>The first column of the first row as a number.</summary>
    public long ReadInt64(string sql)
    {
        using Statement statement = Prepare(sql);
        return statement.Step() ? statement.Int64(0) : throw new InvalidOperationException($"No row: {sql}");
    }

    /// <summary>The first column of each row.</summary>
    public List<string> ReadTexts(string sql)
    {
        using Statement statement = Prepare(sql);
        var texts = new List<string>();
        while (statement.Step())
            texts.Add(statement.Text(0));
        return texts;
    }

    /// <summary>Moves pages from the log to the main file; the log's length in pages.</summary>
    public int Checkpoint(int mode)
    {
        Check(raw.sqlite3_wal_checkpoint_v2(_handle, "main", mode, out int logPages, out _));
        return logPages;
    }

    /// <summary>Pages that went to the log since this was last asked.</summary>
    public int TakePagesWritten()
    {
        Check(raw.sqlite3_db_status(_handle, CacheWriteStatus, out int pages, out _, 1));
        return pages;
    }

    public void Check(int result)
    {
        if (result is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
            throw Failure(result);
    }

    public SqliteException Failure(int result) => new(result, raw.sqlite3_errmsg(_handle).utf8_to_string());

    public void Dispose()
    {
        foreach (Statement statement in _statements.Values)
            statement.Close();
        _statements.Clear();
        raw.sqlite3_close_v2(_handle);
    }

    private static Connection Open(string path, int flags)
    {
        int result = raw.sqlite3_open_v2(path, out sqlite3 handle, flags | raw.SQLITE_OPEN_NOMUTEX, null);
        var connection = new Connection(handle);
        try
        {
            connection.Check(result);
            connection.Check(raw.sqlite3_extended_result_codes(handle, 1));
            connection.Check(raw.sqlite3_busy_timeout(handle, BusyTimeoutMs));
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
