using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gristmill.Scheduling;

namespace Gristmill.Memory;

/// <summary>
/// Native memory in blocks of a few sizes, under a hard budget: what does not fit is refused, and nothing grows. A worker takes and
/// returns its own blocks without atomics; a block may be returned on any thread. Safe from any thread. After mimalloc (Leijen et al.,
/// APLAS 2019): pages with a local and a remote free list.
/// </summary>
internal sealed unsafe class SlabAllocator : IDisposable
{
    private const int LargestPage = 64 * 1024;

    // Of one allocator at a time: a thread belongs to one engine.
    [ThreadStatic]
    private static SlabHeap? t_heap;

    private readonly SlabHeap[] _heaps;
    private readonly SlabHeap _shared;
    private readonly MpmcQueue<SlabPage> _freePages;

    // Every page there is, for the figures; it changes only when memory is taken from the system or given back.
    private readonly HashSet<SlabPage> _allPages = [];
    private readonly Lock _allPagesLock = new();
    private readonly int _pageBytes;
    private readonly int _largestBlock;
    private PaddedCounter _reserved;
    private PaddedCounter _refusals;
    private PaddedCounter _largeBytes;

    /// <param name="budgetBytes">Native memory at most.</param>
    /// <param name="heaps">Heaps that threads may enter.</param>
    public SlabAllocator(long budgetBytes, int heaps)
    {
        BudgetBytes = budgetBytes;
        // A small budget is cut into small pages, or a few classes in use would reserve all of it.
        _pageBytes = (int)Math.Clamp(System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)budgetBytes / 64 + 1), 4096, LargestPage);
        _largestBlock = _pageBytes / 2;
        ClassCount = SizeClasses.Of(_largestBlock) + 1;
        _freePages = new MpmcQueue<SlabPage>((int)Math.Min(budgetBytes / _pageBytes + 1, 1 << 20));
        _heaps = [.. Enumerable.Range(0, heaps).Select(index => new SlabHeap(this, index))];
        _shared = new SlabHeap(this, -1);
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

    private bool HasHeap => t_heap?.Allocator == this;

    /// <summary>Gives the calling thread a heap of its own, which no other thread may have at that time; -1 takes it away.</summary>
    public void EnterHeap(int index) => t_heap = index < 0 ? null : _heaps[index];

    /// <summary>Takes a block of at least <paramref name="bytes"/>; false when the budget has no room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRent(int bytes, out SlabBlock block)
    {
        // Inlined, so that the block stays in registers.
        if ((uint)(bytes - 1) < (uint)_largestBlock && t_heap is { } heap && heap.Allocator == this)
        {
            byte* pointer = heap.Take(SizeClasses.Of(bytes), out SlabPage? page);
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
        if (block.Page is { } page && page.Heap is var heap && heap == t_heap)
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
            GiveBack(page);
    }

    /// <summary>What lies in pages, by size class and by heap, as it was a moment ago.</summary>
    public SlabFigures ReadFigures()
    {
        var pages = new int[ClassCount];
        var blocks = new long[ClassCount];
        var heapBytes = new long[_heaps.Length];
        lock (_allPagesLock)
        {
            foreach (SlabPage page in _allPages)
            {
                int sizeClass = page.SizeClass;
                if (sizeClass < 0)
                    continue;
                pages[sizeClass]++;
                blocks[sizeClass] += page.Live;
                if (page.Heap.Index >= 0)
                    heapBytes[page.Heap.Index] += page.Bytes;
            }
        }

        return new SlabFigures(
            [.. Enumerable.Range(0, ClassCount).Where(i => pages[i] > 0).Select(i => new SizeClassFigures(SizeClasses.BytesOf(i), pages[i], blocks[i]))],
            heapBytes);
    }

    public SlabPage? TryGetPage()
    {
        if (_freePages.TryDequeue(out SlabPage? page))
            return page;
        if (!TryReserve(_pageBytes))
            return null;
        try
        {
            page = new SlabPage(_pageBytes);
        }
        catch (OutOfMemoryException)
        {
            _reserved.Add(-_pageBytes);
            throw;
        }

        lock (_allPagesLock)
            _allPages.Add(page);
        return page;
    }

    /// <summary>
    /// Gives back the empty pages of the heaps that the calling thread may touch, its own and the shared one; the owners of the others are asked to
    /// do the same when they next need more than their current pages have.
    /// </summary>
    public void Trim()
    {
        foreach (SlabHeap heap in _heaps)
        {
            if (heap == t_heap)
                heap.Trim();
            else
                heap.AskToTrim();
        }

        lock (_shared.Lock)
            _shared.Trim();
    }

    public void PutPage(SlabPage page)
    {
        if (!_freePages.TryEnqueue(page))
            GiveBack(page);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryRentSlowly(int bytes, out SlabBlock block)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        if (bytes > _largestBlock)
            return TryRentLarge(bytes, out block);

        block = default;
        // A worker comes here because its heap has no block and the budget no page.
        if (!HasHeap)
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
        else if (page.Heap == _shared && !HasHeap)
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

        try
        {
            block = new SlabBlock(null, (byte*)NativeMemory.AlignedAlloc((nuint)rounded, SizeClasses.Alignment), (int)rounded);
        }
        catch (OutOfMemoryException)
        {
            _reserved.Add(-rounded);
            throw;
        }

        _largeBytes.Add(rounded);
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
        if (TryReserve(bytes) || TryReserveFromFreePages(bytes))
            return true;
        Trim();
        return TryReserveFromFreePages(bytes);
    }

    // Pages that nobody uses make room.
    private bool TryReserveFromFreePages(long bytes)
    {
        while (_freePages.TryDequeue(out SlabPage? page))
        {
            GiveBack(page);
            if (TryReserve(bytes))
                return true;
        }

        return false;
    }

    private void GiveBack(SlabPage page)
    {
        lock (_allPagesLock)
            _allPages.Remove(page);
        _reserved.Add(-page.Bytes);
        page.FreeMemory();
    }

    private bool TryReserve(long bytes)
    {
        if (_reserved.Add(bytes) <= BudgetBytes)
            return true;
        _reserved.Add(-bytes);
        return false;
    }
}

/// <param name="Classes">The size classes in use.</param>
/// <param name="HeapBytes">Bytes of each heap's pages.</param>
internal readonly record struct SlabFigures(ImmutableArray<SizeClassFigures> Classes, long[] HeapBytes);

/// <summary>A block of native memory, aligned to 64 bytes. Whoever holds it returns it once.</summary>
internal readonly unsafe struct SlabBlock(SlabPage? page, byte* pointer, int bytes)
{
    /// <summary>Null for a block that is too large for a page.</summary>
    public SlabPage? Page { get; } = page;

    public byte* Pointer { get; } = pointer;

    public int Bytes { get; } = bytes;
}
