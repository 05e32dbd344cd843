using System.Runtime.CompilerServices;

namespace Gristmill.Memory;

/// <summary>
/// The pages of one owner: a worker, or whoever holds the lock of the heap that all other threads share. Members without a note are
/// the owner's.
/// </summary>
internal sealed unsafe class SlabHeap(SlabAllocator allocator, int index)
{
    // By class: the page that blocks are taken from, first; then the others.
    private readonly List<SlabPage>[] _pages = [.. Enumerable.Range(0, allocator.ClassCount).Select(static _ => new List<SlabPage>())];
    private readonly SlabPage?[] _current = new SlabPage?[allocator.ClassCount];

    public SlabAllocator Allocator { get; } = allocator;

    /// <summary>The worker's; -1 for the heap that all other threads share.</summary>
    public int Index { get; } = index;

    /// <summary>Held by threads that share the heap; unused for a worker's.</summary>
    public Lock Lock { get; } = new();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Take(int sizeClass, out SlabPage? page)
    {
        page = _current[sizeClass];
        if (page is not null)
        {
            byte* block = page.Take();
            if (block != null)
                return block;
        }

        return TakeSlowly(sizeClass, out page);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(SlabPage page, byte* block)
    {
        page.Put(block);
        // The current page stays, or a single block going to and fro would move a page each time.
        if (page.Live == 0 && page != _current[page.SizeClass])
            Release(page);
    }

    /// <summary>Gives back pages that hold no block, the current ones included.</summary>
    public void Trim()
    {
        foreach (List<SlabPage> pages in _pages)
        {
            for (int i = pages.Count - 1; i >= 0; i--)
            {
                pages[i].TakeInRemote();
                if (pages[i].Live == 0)
                    Release(pages[i]);
            }
        }
    }

    private byte* TakeSlowly(int sizeClass, out SlabPage? page)
    {
        List<SlabPage> pages = _pages[sizeClass];
        for (int i = pages.Count - 1; i >= 0; i--)
        {
            page = pages[i];
            page.TakeInRemote();
            byte* block = page.Take();
            if (block == null)
                continue;
            _current[sizeClass] = page;
            return block;
        }

        page = Allocator.TryGetPage();
        if (page is null)
        {
            // Pages of other classes may lie empty here.
            Trim();
            page = Allocator.TryGetPage();
            if (page is null)
                return null;
        }

        page.Adopt(this, sizeClass);
        pages.Add(page);
        _current[sizeClass] = page;
        return page.Take();
    }

    private void Release(SlabPage page)
    {
        if (_current[page.SizeClass] == page)
            _current[page.SizeClass] = null;
        _pages[page.SizeClass].Remove(page);
        page.Leave();
        Allocator.PutPage(page);
    }
}
