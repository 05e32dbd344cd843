using SQLitePCL;

namespace Gristmill.Storage.Sqlite;

/// <summary>What SQLite answered. <see cref="ResultCode"/> is the extended result code.</summary>
public sealed class SqliteException(int resultCode, string message) : IOException($"SQLite: {message} ({resultCode}).")
{
    private const int SyncFailed = 1034;
    private const int DirectorySyncFailed = 1290;

    public int ResultCode { get; } = resultCode;

    /// <summary>True when data could not be forced to stable storage: what the file holds is not known until it is opened again.</summary>
    internal bool IsFailedSync => ResultCode is SyncFailed or DirectorySyncFailed;

    /// <summary>True when the file's content, not the reading of it, is wrong.</summary>
    internal bool IsCorruption => (ResultCode & 0xFF) is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;

    /// <summary>True when the statement breaks a rule of the schema.</summary>
    internal bool IsConstraint => (ResultCode & 0xFF) == raw.SQLITE_CONSTRAINT;
}
