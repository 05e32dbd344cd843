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

    internal NumberBuffer(ReadOnlyMemory<byte> payload) => _payload = payload;

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
                ReadOnlySpan<T> elements = Span;
                _rented = ArrayPool<T>.Shared.Rent(elements.Length);
                elements.CopyTo(_rented);
                _count = elements.Length;
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

/// <summary>Makes buffers over bytes that are already there.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class NumberBuffer
{
    /// <summary>Elements over the bytes of a binary payload; the payload must outlive the buffer.</summary>
    /// <exception cref="InvalidTaskInputException">The bytes are no whole number of elements.</exception>
    public static NumberBuffer<T> FromBinary<T>(TaskPayload payload, string field)
        where T : unmanaged
    {
        int size = Unsafe.SizeOf<T>();
        if (payload.Bytes.Length % size != 0)
            throw new InvalidTaskInputException(field, $"takes elements of {size} bytes; the payload has {payload.Bytes.Length} bytes");
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Binary payloads are little-endian, and this machine is not.");
        return new NumberBuffer<T>(payload.Bytes);
    }

    public static NumberBuffer<byte> FromBytes(byte[] bytes) => new(bytes);
}
