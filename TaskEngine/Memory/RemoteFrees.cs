using Gristmill.Scheduling;

namespace Gristmill.Memory;

/// <summary>
/// Blocks of a page that other threads than its owner returned, linked through their own first bytes. Any thread pushes, by compare-and-swap; the
/// owner takes the list whole, by an exchange: no block is ever popped, so none can come back under a compare-and-swap (no ABA), and no epochs
/// are needed.
/// </summary>
internal unsafe struct RemoteFrees<TWord>
    where TWord : struct, IAtomicWord
{
#pragma warning disable CS0649, IDE0044 // Written through the methods of its type parameter, and on no account readonly.
    // The address of the newest block; 0 when there is none.
    private TWord _newest;
#pragma warning restore CS0649, IDE0044

    /// <summary>Any thread, for a block that it holds.</summary>
    public void Push(byte* block)
    {
        long seen;
        do
        {
            seen = _newest.Read();
            // Before the compare-and-swap, which shows the block to the owner.
            *(byte**)block = (byte*)seen;
        }
        while (!_newest.TryChange(seen, (long)block));
    }

    /// <summary>The owner: the newest block, which links to the rest; null when there is none.</summary>
    public byte* TakeAll() => _newest.Read() == 0 ? null : (byte*)_newest.Exchange(0);
}
