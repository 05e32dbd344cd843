using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gristmill.Scheduling;

namespace Gristmill.Memory;

/// <summary>Says which heap belongs to the calling thread.</summary>
internal interface IHeapSelector
{
    /// <summary>The index of the calling thread's own heap; -1 when it has none.</summary>
    int CurrentHeap { get; }
}

/// <summary>
/// Native memory in blocks of a few sizes, under a hard budget: what does not fit is refused, and nothing grows. A worker takes and
/// returns its own blocks without atomics; a block may be returned on any thread. Safe from any thread. After mimalloc (Leijen et al.,
/// APLAS 2019): pages with a local and a remote free list.
/// </summary>
internal sealed unsafe class SlabAllocator : IDisposable
{
    private const int LargestPage = 64 * 1024;

    private readonly IHeapSelector _selector;
    private readonly SlabHeap[] _heaps;
    private readonly SlabHeap _shared;
    private readonly MpmcQueue<SlabPage> _freePages;
    private readonly int _pageBytes;
    private readonly int _largestBlock;
    private PaddedCounter _reserved;
    private PaddedCounter _refusals;
    private PaddedCounter _largeBytes;

    /// <param name="budgetBytes">Native memory at most.</param>
    /// <param name="heaps">Heaps that the selector may name.</param>
    /// <param name="selector">Finds a thread's heap.</param>
    public SlabAllocator(long budgetBytes, int heaps, IHeapSelector selector)
    {
        BudgetBytes = budgetBytes;
        _selector = selector;
        // A small budget is cut into small pages, or a few classes in use would reserve all of it.
        _pageBytes = (int)Math.Clamp(System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)budgetBytes / 64 + 1), 4096, LargestPage);
        _largestBlock = _pageBytes / 2;
        ClassCount = SizeClasses.Of(_largestBlock) + 1;
        _freePages = new MpmcQueue<SlabPage>((int)Math.Min(budgetBytes / _pageBytes + 1, 1 << 20));
        _heaps = [.. Enumerable.Range(0, heaps).Select(_ => new SlabHeap(this))];
        _shared = new SlabHeap(this);
    }

    public long BudgetBytes { get; }

    public int ClassCount { get; }

    /// <summary>Bytes taken from the system: pages, free blocks included, and blocks too large for a page.</summary>
    public long ReservedBytes => _reserved.Read();

    /// <summary>Bytes in blocks that are too large for a page.</summary>
    public long LargeBytes => _largeBytes.Read();

    /// <summary>Requests that the budget refused.</summary>
    public long Refusals => _refusals.Read();

    /// <summary>Bytes in pages that no heap uses.</summary>
    public long FreePageBytes => (long)_freePages.Count * _pageBytes;

    /// <summary>Takes a block of at least <paramref name="bytes"/>; false when the budget has no room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRent(int bytes, out SlabBlock block)
    {
        // Inlined, so that the block stays in registers.
        if ((uint)(bytes - 1) < (uint)_largestBlock && _selector.CurrentHeap is var index and >= 0)
        {
            byte* pointer = _heaps[index].Take(SizeClasses.Of(bytes), out SlabPage? page);
            if (pointer != null)
            {
                block = new SlabBlock(page, pointer, page!.BlockBytes);
                return true;
            }
        }

        return TryRentSlowly(bytes, out block);
    }

    /// <summary>Returns a block, once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Return(SlabBlock block)
    {
        if (block.Page is { } page && _selector.CurrentHeap is var index and >= 0 && page.Heap is var heap && heap == _heaps[index])
            heap.Put(page, block.Pointer);
        else
            ReturnSlowly(block);
    }

    /// <summary>Frees all memory. No block may be out, and no other thread at work.</summary>
    public void Dispose()
    {
        foreach (SlabHeap heap in _heaps)
            heap.Trim();
        _shared.Trim();
        while (_freePages.TryDequeue(out SlabPage? page))
        {
            _reserved.Add(-page.Bytes);
            page.FreeMemory();
        }
    }

    public SlabPage? TryGetPage()
    {
        if (_freePages.TryDequeue(out SlabPage? page))
            return page;
        return TryReserve(_pageBytes) ? new SlabPage(_pageBytes) : null;
    }

    public void PutPage(SlabPage page)
    {
        if (_freePages.TryEnqueue(page))
            return;
        _reserved.Add(-page.Bytes);
        page.FreeMemory();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryRentSlowly(int bytes, out SlabBlock block)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        if (bytes > _largestBlock)
            return TryRentLarge(bytes, out block);

        block = default;
        // A worker comes here because its heap has no block and the budget no page.
        if (_selector.CurrentHeap < 0)
        {
            lock (_shared.Lock)
            {
                byte* pointer = _shared.Take(SizeClasses.Of(bytes), out SlabPage? page);
                if (pointer != null)
                    block = new SlabBlock(page, pointer, page!.BlockBytes);
            }
        }

        if (block.Pointer == null)
            _refusals.Increment();
        return block.Pointer != null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReturnSlowly(SlabBlock block)
    {
        if (block.Page is not { } page)
        {
            ReturnLarge(block);
        }
        else if (page.Heap == _shared && _selector.CurrentHeap < 0)
        {
            lock (_shared.Lock)
                _shared.Put(page, block.Pointer);
        }
        else
        {
            page.PutRemote(block.Pointer);
        }
    }

    private bool TryRentLarge(int bytes, out SlabBlock block)
    {
        long rounded = ((long)bytes + SizeClasses.Alignment - 1) / SizeClasses.Alignment * SizeClasses.Alignment;
        block = default;
        if (rounded > int.MaxValue || !TryReserveOrTrim(rounded))
        {
            _refusals.Increment();
            return false;
        }

        _largeBytes.Add(rounded);
        block = new SlabBlock(null, (byte*)NativeMemory.AlignedAlloc((nuint)rounded, SizeClasses.Alignment), (int)rounded);
        return true;
    }

    private void ReturnLarge(SlabBlock block)
    {
        NativeMemory.AlignedFree(block.Pointer);
        _largeBytes.Add(-block.Bytes);
        _reserved.Add(-block.Bytes);
    }

    private bool TryReserveOrTrim(long bytes)
    {
        if (TryReserve(bytes))
            return true;
        // Pages that nobody uses make room.
        while (_freePages.TryDequeue(out SlabPage? page))
        {
            _reserved.Add(-page.Bytes);
            page.FreeMemory();
            if (TryReserve(bytes))
                return true;
        }

        return false;
    }

    private bool TryReserve(long bytes)
    {
        if (_reserved.Add(bytes) <= BudgetBytes)
            return true;
        _reserved.Add(-bytes);
        return false;
    }
}

/// <summary>A block of native memory, aligned to 64 bytes. Whoever holds it returns it once.</summary>
internal readonly unsafe struct SlabBlock(SlabPage? page, byte* pointer, int bytes)
{
    /// <summary>Null for a block that is too large for a page.</summary>
    public SlabPage? Page { get; } = page;

    public byte* Pointer { get; } = pointer;

    public int Bytes { get; } = bytes;
}
