using System.Diagnostics.CodeAnalysis;
using Gristmill.Queues;
using Gristmill.Scheduling;

namespace Gristmill;

/// <summary>
/// A bounded first-in first-out queue for any number of producers and consumers. Never blocks and never allocates after
/// construction: full and empty are return values, and true at some moment of the call. Safe from any thread.
/// </summary>
#pragma warning disable CA1711 // It is a queue.
public sealed class MpmcQueue<T>
#pragma warning restore CA1711
{
    // On no account readonly: each call would work on a copy.
    private MpmcRing<T, PaddedWord, Word, HardwareFence> _ring;

    /// <param name="capacity">Items at most; rounded up to a power of two, at least 2.</param>
    public MpmcQueue(int capacity) => _ring = new MpmcRing<T, PaddedWord, Word, HardwareFence>(capacity);

    public int Capacity => _ring.Capacity;

    /// <summary>A moment's count.</summary>
    public int Count => _ring.Count;

    public bool IsEmpty => _ring.IsEmpty;

    /// <summary>Adds one item; false when the queue is full.</summary>
    public bool TryEnqueue(T item) => _ring.TryEnqueue(item);

    /// <summary>Takes the oldest item; false when the queue is empty.</summary>
    public bool TryDequeue([MaybeNullWhen(false)] out T item) => _ring.TryDequeue(out item);

    /// <summary>Adds items from the front of <paramref name="items"/>, in order, until the queue is full; returns how many.</summary>
    public int EnqueueBatch(ReadOnlySpan<T> items) => _ring.EnqueueBatch(items);

    /// <summary>Takes up to <paramref name="destination"/>'s length of items, oldest first; returns how many.</summary>
    public int DequeueBatch(Span<T> destination) => _ring.DequeueBatch(destination);
}
