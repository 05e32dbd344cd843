using Gristmill.Scheduling;

namespace Gristmill;

/// <summary>
/// Says that the code inside is going to block its thread, on I/O or a lock for instance. On a worker the pool puts another thread in its place
/// at once; on any other thread nothing happens. <c>using (TaskEngine.Blocking()) …</c>; leave it on the thread that entered it.
/// </summary>
public readonly struct BlockingScope : IDisposable, IEquatable<BlockingScope>
{
    private readonly Worker? _worker;

    internal BlockingScope(Worker? worker)
    {
        _worker = worker;
        if (worker is not null && ++worker.BlockingDepth == 1)
            worker.Pool.OnBlocking(worker);
    }

    public void Dispose()
    {
        if (_worker is not null && --_worker.BlockingDepth == 0)
            _worker.Pool.OnUnblocked();
    }

    public bool Equals(BlockingScope other) => _worker == other._worker;

    public override bool Equals(object? obj) => obj is BlockingScope other && Equals(other);

    public override int GetHashCode() => _worker?.GetHashCode() ?? 0;

    public static bool operator ==(BlockingScope left, BlockingScope right) => left.Equals(right);

    public static bool operator !=(BlockingScope left, BlockingScope right) => !left.Equals(right);
}
