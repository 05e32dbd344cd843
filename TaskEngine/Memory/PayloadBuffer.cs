using System.Buffers;

namespace Gristmill.Memory;

/// <summary>
/// Payload bytes in native memory, aligned to 64 bytes, shared by reference count: the block goes back to its slab with the last
/// <see cref="Release"/>. Any use after that is an <see cref="ObjectDisposedException"/>, in every build: an object serves one payload only,
/// so a late reader cannot meet another's bytes. Counting is safe from any thread; who reads while another writes is the users' business.
/// </summary>
internal sealed unsafe class PayloadBuffer : MemoryManager<byte>
{
    private readonly PayloadMemory _source;
    private readonly PayloadMemory.KindUse _use;
    private readonly SlabBlock _block;
    private int _references = 1;

    internal PayloadBuffer(PayloadMemory source, SlabBlock block, int length, PayloadMemory.KindUse use)
    {
        _source = source;
        _use = use;
        _block = block;
        Length = length;
    }

    /// <summary>Bytes asked for; the block may be larger.</summary>
    public int Length { get; }

    /// <summary>Bytes that the buffer takes of the budget.</summary>
    public int BlockBytes => _block.Bytes;

    /// <summary>One more owner.</summary>
    /// <exception cref="ObjectDisposedException">The last owner has released the buffer.</exception>
    public PayloadBuffer AddReference()
    {
        int seen = Volatile.Read(ref _references);
        while (true)
        {
            ObjectDisposedException.ThrowIf(seen <= 0, this);
            int now = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (now == seen)
                return this;
            seen = now;
        }
    }

    /// <summary>One owner less.</summary>
    /// <exception cref="ObjectDisposedException">Released more often than owned.</exception>
    public void Release()
    {
        int left = Interlocked.Decrement(ref _references);
        ObjectDisposedException.ThrowIf(left < 0, this);
        if (left == 0)
            _source.Return(_block, _use);
    }

    /// <exception cref="ObjectDisposedException">The last owner has released the buffer.</exception>
    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _references) <= 0, this);
        return new Span<byte>(_block.Pointer, Length);
    }

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elementIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(elementIndex, Length);
        AddReference();
        return new MemoryHandle(_block.Pointer + elementIndex, default, this);
    }

    public override void Unpin() => Release();

    protected override void Dispose(bool disposing) => Release();
}
