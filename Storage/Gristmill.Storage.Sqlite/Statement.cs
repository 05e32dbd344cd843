using System.Buffers.Binary;
using System.Text;
using SQLitePCL;

namespace Gristmill.Storage.Sqlite;

/// <summary>
/// A prepared statement of a <see cref="Connection"/>. Bind, then <see cref="Execute"/>, or <see cref="Step"/> through the rows
/// within a <c>using</c>; <see cref="Dispose"/> only resets it, so that a read ends and the statement can be used again.
/// </summary>
internal sealed class Statement(Connection connection, sqlite3_stmt handle) : IDisposable
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private byte[] _buffer = new byte[256];

    public Statement Bind(int index, long value)
    {
        connection.Check(raw.sqlite3_bind_int64(handle, index, value));
        return this;
    }

    public Statement Bind(int index, long? value) => value is { } number ? Bind(index, number) : BindNull(index);

    /// <summary>Binds Unix milliseconds.</summary>
    public Statement Bind(int index, DateTimeOffset? time) => Bind(index, time?.ToUnixTimeMilliseconds());

    /// <summary>Binds 16 bytes that sort as the ids do.</summary>
    public Statement Bind(int index, TaskId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, id.Value);
        return Bind(index, bytes);
    }

    /// <exception cref="EncoderFallbackException">The text is not well-formed Unicode.</exception>
    public Statement Bind(int index, string? text)
    {
        if (text is null)
            return BindNull(index);
        int capacity = s_utf8.GetMaxByteCount(text.Length);
        if (_buffer.Length < capacity)
            _buffer = new byte[capacity];
        int length = s_utf8.GetBytes(text, _buffer);
        // An empty span has no address, which SQLite takes for NULL.
        connection.Check(length == 0
            ? raw.sqlite3_bind_text(handle, index, string.Empty)
            : raw.sqlite3_bind_text(handle, index, _buffer.AsSpan(0, length)));
        return this;
    }

    public Statement Bind(int index, ReadOnlySpan<byte> bytes)
    {
        connection.Check(bytes.IsEmpty
            ? raw.sqlite3_bind_zeroblob(handle, index, 0)
            : raw.sqlite3_bind_blob(handle, index, bytes));
        return this;
    }

    public Statement BindNull(int index)
    {
        connection.Check(raw.sqlite3_bind_null(handle, index));
        return this;
    }

    /// <summary>Goes to the next row; false behind the last one.</summary>
    public bool Step()
    {
        int result = raw.sqlite3_step(handle);
        if (result == raw.SQLITE_ROW)
            return true;
        if (result == raw.SQLITE_DONE)
            return false;

        // The message is the connection's last, and the reset would replace it.
        SqliteException failure = connection.Failure(result);
        raw.sqlite3_reset(handle);
        throw failure;
    }

    /// <summary>Runs the statement to its end, rows ignored, and resets it.</summary>
    public void Execute()
    {
        using (this)
        {
            while (Step())
            {
            }
        }
    }

    public long Int64(int column) => raw.sqlite3_column_int64(handle, column);

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public string Text(int column) => s_utf8.GetString(raw.sqlite3_column_blob(handle, column));

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    public DateTimeOffset Time(int column) => DateTimeOffset.FromUnixTimeMilliseconds(Int64(column));

    public DateTimeOffset? TimeOrNull(int column) => IsNull(column) ? null : Time(column);

    public TaskId TaskId(int column) => new(BinaryPrimitives.ReadUInt128BigEndian(Bytes(column)));

    /// <summary>The value's bytes, valid until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(handle, column);

    // The answer repeats what Step has already thrown.
    public void Dispose() => _ = raw.sqlite3_reset(handle);

    public void Close() => _ = raw.sqlite3_finalize(handle);
}
