using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gristmill.Scheduling;

namespace Gristmill.Memory;

/// <summary>
/// A run of native memory, cut into blocks of one size, that belongs to one heap. Free blocks are linked through their own first bytes.
/// </summary>
/// <remarks>
/// The owner takes from and returns to <c>_free</c> without atomics. Other threads push onto <c>_remote</c>, and the owner takes that list
/// whole. <see cref="Live"/> counts blocks that are out, as the owner knows it: remote returns count once they are taken in.
/// </remarks>
internal sealed unsafe class SlabPage
{
    private readonly byte* _memory;
    private byte* _free;
    private byte* _fresh;
    private RemoteFrees<Word> _remote;
    private byte* _end;
    private int _sizeClass = -1;

    public SlabPage(int bytes)
    {
        Bytes = bytes;
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 4096);
    }

    public int Bytes { get; }

    public SlabHeap Heap { get; private set; } = null!;

    /// <summary>-1 while no heap uses the page.</summary>
    public int SizeClass => Volatile.Read(ref _sizeClass);

    public int BlockBytes { get; private set; }

    /// <summary>The owner's count of blocks that are out.</summary>
    public int Live { get; private set; }

    /// <summary>Gives an unused page to a heap, cut for a class.</summary>
    public void Adopt(SlabHeap heap, int sizeClass)
    {
        Heap = heap;
        BlockBytes = SizeClasses.BytesOf(sizeClass);
        Live = 0;
        _free = null;
        _fresh = _memory;
        _end = _memory + Bytes / BlockBytes * BlockBytes;
        // Last, and the heap first: who reads figures takes a page with a class for one with a heap.
        Volatile.Write(ref _sizeClass, sizeClass);
    }

    /// <summary>The heap gives the page up; no block of it is out.</summary>
    public void Leave() => Volatile.Write(ref _sizeClass, -1);

    /// <summary>Owner only: a block, or null when none is free here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Take()
    {
        byte* block = _free;
        if (block == null)
            return TakeFresh();
        _free = *(byte**)block;
        Live++;
        return block;
    }

    /// <summary>Owner only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(byte* block)
    {
        Poison(block);
        *(byte**)block = _free;
        _free = block;
        Live--;
    }

    /// <summary>Any thread but the owner.</summary>
    public void PutRemote(byte* block)
    {
        Poison(block);
        _remote.Push(block);
    }

    /// <summary>Owner only: takes in what other threads returned; false when that was nothing.</summary>
    public bool TakeInRemote()
    {
        byte* list = _remote.TakeAll();
        if (list == null)
            return false;
        while (list != null)
        {
            byte* next = *(byte**)list;
            *(byte**)list = _free;
            _free = list;
            Live--;
            list = next;
        }

        return true;
    }

    public void FreeMemory() => NativeMemory.AlignedFree(_memory);

    private byte* TakeFresh()
    {
        byte* block = _fresh;
        if (block == _end)
            return null;
        _fresh = block + BlockBytes;
        Live++;
        return block;
    }

    // A reader that comes too late sees a pattern that no payload has, not somebody else's data.
    [System.Diagnostics.Conditional("DEBUG")]
    private void Poison(byte* block) => NativeMemory.Fill(block, (nuint)BlockBytes, 0xDD);
}
