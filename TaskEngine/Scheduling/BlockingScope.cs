using Gristmill.Scheduling;

namespace Gristmill;

/// <summary>
/// Says that the code inside is going to block its thread, on I/O or a lock for instance. On a worker the pool puts another thread in its place
/// at once; on any other thread nothing happens. <c>using (TaskEngine.Blocking()) …</c>; leave it on the thread that entered it.
/// </summary>
public readonly struct BlockingScope : IDisposable, IEquatable<BlockingScope>
{
    // Shared by all copies of the scope: it ends once.
    private readonly Entry? _entry;

    internal BlockingScope(Worker? worker)
    {
        if (worker is null)
            return;
        _entry = new Entry { Worker = worker };
        if (Interlocked.Increment(ref worker.BlockingDepth) == 1)
            worker.Pool.OnBlocking(worker);
    }

    /// <summary>The worker counts as running again. A second call does nothing.</summary>
    /// <exception cref="InvalidOperationException">
    /// The scope was entered on another thread, which has gone on meanwhile. It is over nevertheless.
    /// </exception>
    public void Dispose()
    {
        if (_entry is null || Interlocked.Exchange(ref _entry.Worker, null) is not { } worker)
            return;
        if (Interlocked.Decrement(ref worker.BlockingDepth) == 0)
            worker.Pool.OnUnblocked();
        if (Worker.Current != worker)
            throw new InvalidOperationException("A blocking scope must be left on the thread that entered it: do not await inside it.");
    }

    public bool Equals(BlockingScope other) => _entry == other._entry;

    public override bool Equals(object? obj) => obj is BlockingScope other && Equals(other);

    public override int GetHashCode() => _entry?.GetHashCode() ?? 0;

    public static bool operator ==(BlockingScope left, BlockingScope right) => left.Equals(right);

    public static bool operator !=(BlockingScope left, BlockingScope right) => !left.Equals(right);

    private sealed class Entry
    {
        public Worker? Worker;
    }
}
