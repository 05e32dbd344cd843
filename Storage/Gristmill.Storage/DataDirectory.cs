using System.Globalization;

namespace Gristmill.Storage;

/// <summary>
/// The folder that one process owns, from <see cref="Acquire"/> to <see cref="Dispose"/> or the process's end, whichever way it ends: the
/// lock is one of the operating system's on <c>gristmill.lock</c>, so none is ever left behind. <c>gristmill.pid</c> beside it names
/// the holder; it is a file of its own because the locked one cannot be read by others everywhere.
/// </summary>
public sealed class DataDirectory : IDisposable
{
    private const string LockName = "gristmill.lock";
    private const string ProcessIdName = "gristmill.pid";

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream lockFile)
    {
        Path = path;
        _lock = lockFile;
    }

    /// <summary>The full path.</summary>
    public string Path { get; }

    /// <summary>Creates the folder where it is missing, and takes it.</summary>
    /// <exception cref="DataDirectoryInUseException">Somebody else holds it.</exception>
    /// <exception cref="DataDirectoryException">It cannot be created, read or written.</exception>
    public static DataDirectory Acquire(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        Try(full, "created", () => Create(full));
        Try(full, "read", () => Directory.EnumerateFileSystemEntries(full).Any());
        FileStream lockFile = Try(full, "written", () => OpenLock(full));
        try
        {
            Try(full, "written", () => WriteProcessId(full));
            return new DataDirectory(full, lockFile);
        }
        catch
        {
            lockFile.Dispose();
            throw;
        }
    }

    /// <summary>The full path of a file in the folder.</summary>
    public string PathOf(string fileName) => System.IO.Path.Combine(Path, fileName);

    public void Dispose()
    {
        // The number goes first: behind the unlock it could be the next holder's.
        File.Delete(PathOf(ProcessIdName));
        _lock.Dispose();
    }

    private static bool Create(string directory)
    {
        DurableDirectory.Create(directory);
        return true;
    }

    private static FileStream OpenLock(string directory)
    {
        try
        {
            return new FileStream(
                System.IO.Path.Combine(directory, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException e) when (IsLockedByOther(e))
        {
            throw new DataDirectoryInUseException(directory, ReadProcessId(directory));
        }
    }

    // The lock is refused with EWOULDBLOCK (11; 35 on macOS), or with a sharing violation on Windows.
    private static bool IsLockedByOther(IOException e) => OperatingSystem.IsWindows() ? (e.HResult & 0xFFFF) == 32 : e.HResult is 11 or 35;

    private static bool WriteProcessId(string directory)
    {
        File.WriteAllText(
            System.IO.Path.Combine(directory, ProcessIdName), Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
        return true;
    }

    private static int? ReadProcessId(string directory)
    {
        try
        {
            string text = File.ReadAllText(System.IO.Path.Combine(directory, ProcessIdName));
            return int.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The holder is just starting or stopping; that it holds the directory is known without its number.
            return null;
        }
    }

    private static T Try<T>(string directory, string what, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataDirectoryException(directory, $"Data directory {directory} cannot be {what}: {e.Message}", e);
        }
    }
}
