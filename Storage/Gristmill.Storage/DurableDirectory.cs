using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Gristmill.Storage;

/// <summary>
/// Creates folders so that they survive a power loss: a new folder is an entry in its parent, and the entry is on stable storage only
/// when the parent is synced. (SQLite syncs the folder of its files, not the ones above.)
/// </summary>
internal static partial class DurableDirectory
{
    private const int ReadOnly = 0;
    private const int NotSupported = 22; // EINVAL: a file system without directory sync

    public static void Create(string path)
    {
        var parents = new Stack<string>();
        for (string? missing = path; missing is not null && !Directory.Exists(missing); missing = Path.GetDirectoryName(missing))
        {
            if (Path.GetDirectoryName(missing) is { } parent)
                parents.Push(parent);
        }

        Directory.CreateDirectory(path);
        // On Windows the file system's own journal keeps the order, and folders cannot be synced.
        while (!OperatingSystem.IsWindows() && parents.TryPop(out string? parent))
            Sync(parent);
    }

    private static void Sync(string directory)
    {
        int handle = Open(directory, ReadOnly);
        if (handle < 0)
            throw Failure(directory);
        try
        {
            if (Fsync(handle) != 0 && Marshal.GetLastPInvokeError() != NotSupported)
                throw Failure(directory);
        }
        finally
        {
            // Nothing was written through it, so there is nothing that closing could lose.
            _ = Close(handle);
        }
    }

    private static IOException Failure(string directory) =>
        new($"{directory} cannot be synced: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
