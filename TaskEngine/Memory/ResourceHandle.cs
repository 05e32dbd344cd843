namespace Gristmill;

/// <summary>
/// One of several owners of a resource. Each owner disposes of its own handle; the last one disposes of the resource. Access is by many readers or
/// one writer at a time. Use of a disposed handle is an <see cref="ObjectDisposedException"/>, in every build. Safe from any thread.
/// </summary>
public sealed class ResourceHandle<T> : IDisposable
    where T : class
{
    private readonly Shared _shared;
    private int _disposed;

    /// <summary>Takes a resource over.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="release">What ends it; null disposes of it, if it can be.</param>
    /// <param name="time">The clock of <see cref="Age"/>.</param>
    public ResourceHandle(T resource, Action<T>? release = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(resource);
        _shared = new Shared(resource, release ?? (static resource => (resource as IDisposable)?.Dispose()), time ?? TimeProvider.System);
    }

    private ResourceHandle(Shared shared) => _shared = shared;

    /// <summary>Since the resource was taken over.</summary>
    public TimeSpan Age => _shared.Time.GetElapsedTime(_shared.CreatedAt);

    /// <summary>Readers and writers so far, over all handles.</summary>
    public long AccessCount => Interlocked.Read(ref _shared.Accesses);

    /// <summary>Handles that are not disposed of.</summary>
    public int Owners => Volatile.Read(ref _shared.Owners);

    /// <summary>One more owner.</summary>
    /// <exception cref="ObjectDisposedException">This handle is disposed of.</exception>
    public ResourceHandle<T> Share()
    {
        ObjectDisposedException.ThrowIf(!_shared.TryAddOwner(ref _disposed), this);
        return new ResourceHandle<T>(_shared);
    }

    /// <summary>Uses the resource together with other readers.</summary>
    /// <exception cref="ObjectDisposedException">This handle is disposed of.</exception>
    public TResult Read<TResult>(Func<T, TResult> use)
    {
        ArgumentNullException.ThrowIfNull(use);
        using ResourceHandle<T> pin = Share();
        _shared.Lock.EnterReadLock();
        try
        {
            Interlocked.Increment(ref _shared.Accesses);
            return use(_shared.Resource);
        }
        finally
        {
            _shared.Lock.ExitReadLock();
        }
    }

    /// <summary>Uses the resource alone.</summary>
    /// <exception cref="ObjectDisposedException">This handle is disposed of.</exception>
    public void Write(Action<T> use)
    {
        ArgumentNullException.ThrowIfNull(use);
        // Its own share: the resource outlives the use, whatever happens to the handles meanwhile.
        using ResourceHandle<T> pin = Share();
        _shared.Lock.EnterWriteLock();
        try
        {
            Interlocked.Increment(ref _shared.Accesses);
            use(_shared.Resource);
        }
        finally
        {
            _shared.Lock.ExitWriteLock();
        }
    }

    /// <summary>Gives up this handle; a second call does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            _shared.RemoveOwner();
    }

#pragma warning disable CA1001 // The last owner ends it.
    private sealed class Shared(T resource, Action<T> release, TimeProvider time)
#pragma warning restore CA1001
    {
        public readonly ReaderWriterLockSlim Lock = new(LockRecursionPolicy.NoRecursion);
        public readonly T Resource = resource;
        public readonly TimeProvider Time = time;
        public readonly long CreatedAt = time.GetTimestamp();
        public long Accesses;
        public int Owners = 1;

        /// <summary>False when the asking handle is disposed of, even if that happens meanwhile and it was the last.</summary>
        public bool TryAddOwner(ref int askersEnd)
        {
            int seen = Volatile.Read(ref Owners);
            while (Volatile.Read(ref askersEnd) == 0 && seen > 0)
            {
                int now = Interlocked.CompareExchange(ref Owners, seen + 1, seen);
                if (now == seen)
                    return true;
                seen = now;
            }

            return false;
        }

        public void RemoveOwner()
        {
            if (Interlocked.Decrement(ref Owners) > 0)
                return;
            release(Resource);
            Lock.Dispose();
        }
    }
}
