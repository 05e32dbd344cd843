using System.Buffers;

namespace Gristmill.Memory;

/// <summary>
/// Takes a handler's output in a payload buffer, which doubles as needed and counts against the budget. One thread at a time.
/// </summary>
internal sealed class PayloadWriter : IBufferWriter<byte>
{
    private const int FirstBytes = 512;

    private PayloadMemory? _memory;
    private string _kind = "";
    private PayloadBuffer? _buffer;
    private int _written;

    public ReadOnlySpan<byte> Written => _buffer is null ? default : _buffer.GetSpan()[.._written];

    /// <summary>Begins a new output.</summary>
    public void Begin(PayloadMemory memory, string kind)
    {
        _memory = memory;
        _kind = kind;
        _written = 0;
    }

    /// <summary>Gives the buffer back.</summary>
    public void End()
    {
        _buffer?.Release();
        _buffer = null;
        _written = 0;
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, (_buffer?.Length ?? 0) - _written);
        _written += count;
    }

    /// <exception cref="MemoryBudgetException">The budget has no room for so much output.</exception>
    public Memory<byte> GetMemory(int sizeHint = 0) => MakeRoom(sizeHint).Memory[_written..];

    /// <inheritdoc cref="GetMemory"/>
    public Span<byte> GetSpan(int sizeHint = 0) => MakeRoom(sizeHint).GetSpan()[_written..];

    private PayloadBuffer MakeRoom(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        long needed = (long)_written + Math.Max(1, sizeHint);
        if (_buffer is { } enough && needed <= enough.Length)
            return enough;

        long wanted = Math.Max(needed, _buffer is null ? FirstBytes : 2L * _buffer.Length);
        PayloadBuffer larger = _memory!.Rent((int)Math.Min(wanted, Array.MaxLength), _kind);
        Written.CopyTo(larger.GetSpan());
        _buffer?.Release();
        _buffer = larger;
        return larger;
    }
}
