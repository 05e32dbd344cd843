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
    private int _trimRequested;

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

    /// <summary>Any thread: has the owner trim the heap when it next takes a block.</summary>
    public void AskToTrim()
    {
        Volatile.Write(ref _trimRequested, 1);
        // The owner reads the request only where it has no current page. One that it loses it finds again in its list.
        foreach (ref SlabPage? current in _current.AsSpan())
            Volatile.Write(ref current, null);
    }

    private byte* TakeSlowly(int sizeClass, out SlabPage? page)
    {
        if (Volatile.Read(ref _trimRequested) != 0)
        {
            Volatile.Write(ref _trimRequested, 0);
            Trim();
        }

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
            // Pages of other classes may lie empty here, and pages of any class in other heaps.
            Allocator.Trim();
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
        List<SlabPage> pages = _pages[page.SizeClass];
        pages.RemoveAt(pages.LastIndexOf(page));
        page.Leave();
        Allocator.PutPage(page);
    }
}
