using System.Buffers;
using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gristmill.CodeGeneration;

/// <summary>
/// The elements of a numeric array of a task's input for the length of one call: read from JSON into pooled memory, or, for a binary
/// payload, the payload's own bytes. Used by one thread, disposed once, by generated code.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public struct NumberBuffer<T> : IDisposable
    where T : unmanaged
{
    private const int InitialCapacity = 16;

    private T[]? _rented;
    private readonly ReadOnlyMemory<byte> _payload;
    private int _count;

    internal NumberBuffer(ReadOnlyMemory<byte> payload, bool isAligned)
    {
        _payload = payload;
        if (!isAligned)
            CopyPayload();
    }

    public readonly ReadOnlySpan<T> Span =>
        _rented is null ? MemoryMarshal.Cast<byte, T>(_payload.Span) : _rented.AsSpan(0, _count);

    /// <summary>The elements as memory. Copies the bytes of a binary payload, except where the element is the byte.</summary>
    public ReadOnlyMemory<T> Memory
    {
        get
        {
            if (_rented is null && !_payload.IsEmpty)
            {
                if (typeof(T) == typeof(byte))
                    return (ReadOnlyMemory<T>)(object)_payload;
                CopyPayload();
            }

            return _rented.AsMemory(0, _count);
        }
    }

    internal void Add(T value)
    {
        if (_rented is null || _count == _rented.Length)
            Grow();
        _rented![_count++] = value;
    }

    public void Dispose()
    {
        T[]? rented = _rented;
        this = default;
        if (rented is not null)
            ArrayPool<T>.Shared.Return(rented);
    }

    private void CopyPayload()
    {
        _count = _payload.Length / Unsafe.SizeOf<T>();
        _rented = ArrayPool<T>.Shared.Rent(_count);
        _payload.Span.CopyTo(MemoryMarshal.AsBytes(_rented.AsSpan(0, _count)));
    }

    private void Grow()
    {
        T[] larger = ArrayPool<T>.Shared.Rent(_rented is null ? InitialCapacity : checked(_rented.Length * 2));
        if (_rented is not null)
        {
            _rented.AsSpan(0, _count).CopyTo(larger);
            ArrayPool<T>.Shared.Return(_rented);
        }

        _rented = larger;
    }
}

/// <summary>Makes buffers over bytes that are already there, and writes elements as bytes.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class NumberBuffer
{
    /// <summary>Elements over their bytes, which must outlive the buffer; bytes that are not aligned are copied.</summary>
    internal static NumberBuffer<T> Over<T>(ReadOnlyMemory<byte> bytes)
        where T : unmanaged
    {
        RequireLittleEndian();
        return new NumberBuffer<T>(bytes, IsAligned<T>(bytes.Span));
    }

    public static NumberBuffer<byte> FromBytes(byte[] bytes) => new(bytes, isAligned: true);

    /// <summary>Writes raw little-endian elements.</summary>
    public static void Write<T>(IBufferWriter<byte> output, ReadOnlySpan<T> elements)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(output);
        RequireLittleEndian();
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(elements);
        bytes.CopyTo(output.GetSpan(bytes.Length));
        output.Advance(bytes.Length);
    }

    // Holds for as long as the bytes stay: what the collector may move, it moves by whole words.
    private static bool IsAligned<T>(ReadOnlySpan<byte> bytes)
        where T : unmanaged =>
        Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref MemoryMarshal.GetReference(bytes)) % Unsafe.SizeOf<T>() == 0;

    private static void RequireLittleEndian()
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Binary payloads are little-endian, and this machine is not.");
    }
}
