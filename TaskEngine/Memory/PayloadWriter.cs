using System.Buffers;

namespace Gristmill.Memory;

/// <summary>
/// Takes a handler's output in payload buffers, each as large as all before it, which count against the budget. One thread at a time.
/// </summary>
internal sealed class PayloadWriter : IBufferWriter<byte>
{
    private const int FirstBytes = 512;

    // What is written so far lies in the full buffers and in the last one, in this order: nothing is copied to make room.
    private readonly List<(PayloadBuffer Buffer, int Written)> _full = [];
    private PayloadMemory? _memory;
    private string _kind = "";
    private PayloadBuffer? _last;
    private int _writtenToLast;
    private long _writtenBefore;

    /// <summary>Begins a new output.</summary>
    public void Begin(PayloadMemory memory, string kind)
    {
        End();
        _memory = memory;
        _kind = kind;
    }

    /// <summary>Gives the buffers back.</summary>
    public void End()
    {
        foreach ((PayloadBuffer buffer, _) in _full)
            buffer.Release();
        _full.Clear();
        _last?.Release();
        _last = null;
        _writtenToLast = 0;
        _writtenBefore = 0;
    }

    public byte[] ToArray()
    {
        byte[] output = GC.AllocateUninitializedArray<byte>(checked((int)(_writtenBefore + _writtenToLast)));
        Span<byte> rest = output;
        foreach ((PayloadBuffer buffer, int written) in _full)
        {
            buffer.GetSpan()[..written].CopyTo(rest);
            rest = rest[written..];
        }

        _last?.GetSpan()[.._writtenToLast].CopyTo(rest);
        return output;
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, (_last?.Length ?? 0) - _writtenToLast);
        _writtenToLast += count;
    }

    /// <exception cref="MemoryBudgetException">The budget has no room for so much output.</exception>
    public Memory<byte> GetMemory(int sizeHint = 0) => MakeRoom(sizeHint).Memory[_writtenToLast..];

    /// <inheritdoc cref="GetMemory"/>
    public Span<byte> GetSpan(int sizeHint = 0) => MakeRoom(sizeHint).GetSpan()[_writtenToLast..];

    private PayloadBuffer MakeRoom(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        int needed = Math.Max(1, sizeHint);
        if (_last is { } enough && needed <= enough.Length - _writtenToLast)
            return enough;

        long written = _writtenBefore + _writtenToLast;
        PayloadBuffer next = RentNext(needed, written);
        if (_last is { } full)
            _full.Add((full, _writtenToLast));
        _last = next;
        _writtenBefore = written;
        _writtenToLast = 0;
        return next;
    }

    // As much again as there is, so that buffers are few; less where the budget is short, down to what is needed now.
    private PayloadBuffer RentNext(int needed, long written)
    {
        for (int wanted = (int)Math.Min(Math.Max(needed, Math.Max(FirstBytes, written)), Array.MaxLength);; wanted = Math.Max(needed, wanted / 2))
        {
            if (_memory!.TryRent(wanted, _kind) is { } next)
                return next;
            if (wanted == needed)
                throw _memory.Refusal(written + needed);
        }
    }
}
