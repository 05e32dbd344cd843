namespace Gristmill.Storage.Sqlite;

/// <summary>The database file cannot be used; it is as it was found.</summary>
public class DatabaseException(string file, string message, Exception? innerException = null) : StartupException(message, innerException)
{
    /// <summary>The full path.</summary>
    public string File { get; } = file;
}

/// <summary>The file is not a sound database.</summary>
public sealed class DatabaseCorruptException(string file, string reason, Exception? innerException = null)
    : DatabaseException(file, $"Database {file} is corrupt: {reason}. It was left as it is; restore a backup in its place.", innerException);

/// <summary>The file was written by a newer version of this program.</summary>
public sealed class DatabaseTooNewException(string file, int found, int supported)
    : DatabaseException(file, $"Database {file} has schema {found}, and this version knows schemas up to {supported}: run a newer version.")
{
    public int Found { get; } = found;

    public int Supported { get; } = supported;
}
