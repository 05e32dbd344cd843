namespace Gristmill.Storage;

/// <summary>The data directory cannot be used.</summary>
public class DataDirectoryException(string directory, string message, Exception? innerException = null)
    : StartupException(message, innerException)
{
    /// <summary>The full path.</summary>
    public string Directory { get; } = directory;
}

/// <summary>Another process (or another store of this one) holds the data directory.</summary>
public sealed class DataDirectoryInUseException(string directory, int? processId)
    : DataDirectoryException(directory, $"Data directory {directory} is in use by {(processId is { } id ? $"process {id}" : "another process")}.")
{
    /// <summary>The holder; null when it has not written its number yet.</summary>
    public int? ProcessId { get; } = processId;
}
