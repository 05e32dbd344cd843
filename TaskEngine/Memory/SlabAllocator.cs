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
        ClassCount = SizeClasses.Of(_pageBytes / 2) + 1;
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
    public bool TryRent(int bytes, out SlabBlock block)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        if (bytes > _pageBytes / 2)
            return TryRentLarge(bytes, out block);

        int sizeClass = SizeClasses.Of(bytes);
        int index = _selector.CurrentHeap;
        byte* pointer;
        SlabPage? page;
        if (index >= 0)
        {
            pointer = _heaps[index].Take(sizeClass, out page);
        }
        else
        {
            lock (_shared.Lock)
                pointer = _shared.Take(sizeClass, out page);
        }

        block = new SlabBlock(page, pointer, pointer == null ? 0 : page!.BlockBytes);
        if (pointer == null)
            _refusals.Increment();
        return pointer != null;
    }

    /// <summary>Returns a block, once.</summary>
    public void Return(SlabBlock block)
    {
        if (block.Page is not { } page)
        {
            ReturnLarge(block);
            return;
        }

        int index = _selector.CurrentHeap;
        SlabHeap mine = index >= 0 ? _heaps[index] : _shared;
        if (page.Heap != mine)
        {
            page.PutRemote(block.Pointer);
        }
        else if (index >= 0)
        {
            mine.Put(page, block.Pointer);
        }
        else
        {
            lock (_shared.Lock)
                mine.Put(page, block.Pointer);
        }
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
