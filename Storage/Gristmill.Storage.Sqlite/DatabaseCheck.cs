using System.Buffers.Binary;
using System.Numerics;

namespace Gristmill.Storage.Sqlite;

/// <summary>
/// Looks at a database before anything opens it for writing, and leaves the main file, <c>-wal</c> and <c>-shm</c> byte for byte as they
/// are. The caller holds the data directory, so nobody else has the files open.
/// </summary>
internal static class DatabaseCheck
{
    private const int LogHeaderLength = 32;
    private const uint LogMagic = 0x377F0682; // The lowest bit says in which byte order the checksums are.

    private static ReadOnlySpan<byte> Magic => "SQLite format 3\0"u8;

    /// <exception cref="DatabaseException">The file is empty, no database, corrupt, somebody else's, too new, or unreadable.</exception>
    public static void Run(string path)
    {
        try
        {
            CheckMagic(path);
            CheckContent(path);
        }
        catch (SqliteException e) when (e.IsCorruption)
        {
            throw new DatabaseCorruptException(path, e.Message, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatabaseException(path, $"Database {path} cannot be read: {e.Message}", e);
        }
    }

    private static void CheckMagic(string path)
    {
        Span<byte> head = stackalloc byte[Magic.Length];
        using FileStream file = File.OpenRead(path);
        // A new database gets its name only when it is whole, so an empty file is not one that an interrupted start left.
        if (file.Length == 0)
            throw new DatabaseCorruptException(path, "the file is empty");
        if (file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length || !head.SequenceEqual(Magic))
            throw new DatabaseCorruptException(path, "it is no SQLite database");
    }

    private static void CheckContent(string path)
    {
        string log = path + "-wal";
        string index = path + "-shm";
        if (!HasFrames(log))
        {
            // Then the main file is all there is, and can be read without touching anything beside it.
            CheckContent(path, "immutable=1");
            return;
        }

        // Only both together are the database. With readonly_shm and nobody else there, SQLite reads the log into memory of its
        // own and writes nothing; it needs the index file to exist, though, which after a crash it does.
        bool missing = !File.Exists(index);
        if (missing)
            File.Create(index).Dispose();
        try
        {
            CheckContent(path, "readonly_shm=1");
        }
        finally
        {
            if (missing)
                File.Delete(index);
        }
    }

    /// <summary>
    /// Whether the log has anything to say. A power loss can leave its header alone, or no sound header: SQLite then ignores it when it opens
    /// for writing, but as a mere reader waits for a writer to repair it.
    /// </summary>
    private static bool HasFrames(string log)
    {
        Span<byte> header = stackalloc byte[LogHeaderLength];
        if (!File.Exists(log))
            return false;
        using FileStream file = File.OpenRead(log);
        if (file.Length <= LogHeaderLength)
            return false;
        file.ReadExactly(header);
        uint pageSize = BinaryPrimitives.ReadUInt32BigEndian(header[8..]);
        return (BinaryPrimitives.ReadUInt32BigEndian(header) & ~1u) == LogMagic && pageSize is >= 512 and <= 65_536 && BitOperations.IsPow2(pageSize);
    }

    private static void CheckContent(string path, string uriParameters)
    {
        using Connection connection = Connection.OpenReadOnly(path, uriParameters);
        List<string> findings = connection.ReadTexts("PRAGMA quick_check(1)");
        if (findings is not ["ok"])
            throw new DatabaseCorruptException(path, string.Join("; ", findings));
        if (connection.ReadInt64("PRAGMA application_id") != Migrations.ApplicationId)
            throw new DatabaseException(path, $"Database {path} belongs to another program.");
        int version = (int)connection.ReadInt64("PRAGMA user_version");
        if (version > Migrations.Latest)
            throw new DatabaseTooNewException(path, version, Migrations.Latest);
    }
}
