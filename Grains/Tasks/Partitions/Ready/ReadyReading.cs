namespace Gristmill.Grains.Tasks;

/// <summary>What of a partition could start at the last look. Written by the partition's turns, read from any thread.</summary>
internal sealed class ReadyReading
{
    private const long None = long.MaxValue;

    // Each is published by itself: a reader may see the count of one look and the time of the next.
    private volatile int _count;
    private long _oldestSecond = None;

    public int Count => _count;

    public DateTimeOffset? OldestAt => Volatile.Read(ref _oldestSecond) is not None and var second ? DateTimeOffset.FromUnixTimeSeconds(second) : null;

    /// <summary>
    /// Takes the ready tasks as they are now, without those that wait for their queue or their key. Of a queue with limits per key, the oldest
    /// may be one that waits for its key, if others of the queue do not.
    /// </summary>
    public void Take(ReadyQueue ready)
    {
        int count = 0;
        long oldest = None;
        foreach (QueueTasks queue in ready.Queues)
        {
            int open = queue.IsShut ? 0 : queue.OpenCount;
            if (open == 0)
                continue;
            count += open;
            oldest = Math.Min(oldest, queue.OldestReadyAt!.Value.ToUnixTimeSeconds());
        }

        _count = count;
        Volatile.Write(ref _oldestSecond, oldest);
    }
}
