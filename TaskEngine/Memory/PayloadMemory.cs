using System.Collections.Concurrent;
using Gristmill.Scheduling;

namespace Gristmill.Memory;

/// <summary>
/// Hands out payload buffers and keeps the books: what is out, and which task kind it was for. Safe from any thread.
/// </summary>
internal sealed class PayloadMemory(SlabAllocator slabs) : IDisposable
{
    private readonly ConcurrentDictionary<string, KindUse> _kinds = new(StringComparer.Ordinal);
    private PaddedCounter _out;
    private int _disposed;

    public SlabAllocator Slabs { get; } = slabs;

    /// <summary>Buffers that are out.</summary>
    public long Live => _out.Read();

    /// <exception cref="MemoryBudgetException">The budget has no room; nothing was allocated.</exception>
    /// <exception cref="UnavailableException">The memory is disposed of.</exception>
    public PayloadBuffer Rent(int bytes, string kind) => TryRent(bytes, kind) ?? throw Refusal(bytes);

    /// <summary>Null when the budget has no room.</summary>
    /// <inheritdoc cref="Rent"/>
    public PayloadBuffer? TryRent(int bytes, string kind)
    {
        if (Volatile.Read(ref _disposed) != 0)
            throw new UnavailableException("The engine has stopped.");
        if (!Slabs.TryRent(Math.Max(1, bytes), out SlabBlock block))
            return null;
        _out.Increment();
        KindUse use = _kinds.GetOrAdd(kind, static kind => new KindUse(kind));
        use.Add(block.Bytes);
        return new PayloadBuffer(this, block, bytes, use);
    }

    /// <summary>What the caller gets for bytes that were not to be had.</summary>
    public MemoryBudgetException Refusal(long bytes) => new(bytes, Slabs.BudgetBytes, _kinds.Values.Sum(use => use.Read().Bytes));

    /// <summary>What is out, by the kind that asked for it: after the last task, leaks.</summary>
    public IReadOnlyList<MemoryUse> LiveByKind() =>
        [.. _kinds.Values.Select(use => use.Read()).Where(use => use.Buffers > 0).OrderByDescending(use => use.Bytes)];

    /// <summary>Frees the native memory as soon as the last buffer is back.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            FreeIfUnused();
    }

    internal void Return(SlabBlock block, KindUse use)
    {
        use.Remove(block.Bytes);
        Slabs.Return(block);
        if (_out.Decrement() == 0 && Volatile.Read(ref _disposed) != 0)
            FreeIfUnused();
    }

    // The first to find it unused and disposed of frees; a second finds the number taken.
    private void FreeIfUnused()
    {
        if (_out.Read() == 0 && Interlocked.CompareExchange(ref _disposed, 2, 1) == 1)
            Slabs.Dispose();
    }

    /// <summary>The books of one kind.</summary>
    internal sealed class KindUse(string kind)
    {
        private long _buffers;
        private long _bytes;

        public void Add(int bytes)
        {
            Interlocked.Increment(ref _buffers);
            Interlocked.Add(ref _bytes, bytes);
        }

        public void Remove(int bytes)
        {
            Interlocked.Decrement(ref _buffers);
            Interlocked.Add(ref _bytes, -bytes);
        }

        public MemoryUse Read() => new(kind, Interlocked.Read(ref _buffers), Interlocked.Read(ref _bytes));
    }
}
