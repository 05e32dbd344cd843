using System.Collections.Concurrent;

namespace Gristmill;

/// <summary>
/// A pool that opens a resource when one is asked for and none is idle, up to its capacity, and lends the one that was used last. Safe from any
/// thread.
/// </summary>
public sealed class ResourcePool<T> : IResourcePool<T>, IAsyncDisposable
    where T : class
{
    private readonly Func<CancellationToken, ValueTask<T>> _open;
    private readonly ResourcePoolOptions<T> _options;
    private readonly SemaphoreSlim _permits;
    private readonly ConcurrentStack<(T Resource, long Since)> _idle = new();
    private readonly CancellationTokenSource _closing = new();
    private int _count;

    /// <param name="open">Makes a resource. Disposable ones are disposed of when they are not needed any more.</param>
    /// <param name="options">Null means the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is less than 1.</exception>
    public ResourcePool(Func<CancellationToken, ValueTask<T>> open, ResourcePoolOptions<T>? options = null)
    {
        ArgumentNullException.ThrowIfNull(open);
        _open = open;
        _options = options ?? new ResourcePoolOptions<T>();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.Capacity, 1, nameof(options));
        _permits = new SemaphoreSlim(_options.Capacity);
    }

    /// <summary>Resources that are open, in use or not.</summary>
    public int Count => Volatile.Read(ref _count);

    public int Idle => _idle.Count;

    public async ValueTask<IResourceLease<T>> RentAsync(CancellationToken cancellationToken = default)
    {
        await TakePermitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (_idle.TryPop(out (T Resource, long Since) idle))
            {
                if (await IsUsableAsync(idle.Resource, idle.Since, cancellationToken).ConfigureAwait(false))
                    return new Lease(this, idle.Resource);
            }

            T opened = await _open(cancellationToken).ConfigureAwait(false);
            Interlocked.Increment(ref _count);
            return new Lease(this, opened);
        }
        catch
        {
            _permits.Release();
            throw;
        }
    }

    /// <summary>Closes what is idle, and what is in use as it comes back. Who waits gets an <see cref="ObjectDisposedException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await CloseIdleAsync().ConfigureAwait(false);
    }

    private async ValueTask TakePermitAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
        if (_permits.Wait(0, cancellationToken))
            return;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        try
        {
            await _permits.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ObjectDisposedException(GetType().Name);
        }
    }

    // False means that it was closed. So it is when the check throws: a resource whose health is unknown is lent to nobody.
    private async ValueTask<bool> IsUsableAsync(T resource, long since, CancellationToken cancellationToken)
    {
        bool isUsable = false;
        try
        {
            isUsable = (_options.MaxIdle is not { } most || _options.Time.GetElapsedTime(since) <= most)
                && (_options.IsHealthy is not { } check || await check(resource, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            if (!isUsable)
                await CloseAsync(resource).ConfigureAwait(false);
        }

        return isUsable;
    }

    private async ValueTask ReturnAsync(T resource, bool isBroken)
    {
        try
        {
            if (isBroken)
                await CloseAsync(resource).ConfigureAwait(false);
            else
                _idle.Push((resource, _options.Time.GetTimestamp()));
        }
        finally
        {
            _permits.Release();
        }

        // After the push: whoever closes the pool either finds the resource or has been seen here.
        if (_closing.IsCancellationRequested)
            await CloseIdleAsync().ConfigureAwait(false);
    }

    private async ValueTask CloseIdleAsync()
    {
        while (_idle.TryPop(out (T Resource, long Since) idle))
            await CloseAsync(idle.Resource).ConfigureAwait(false);
    }

    private async ValueTask CloseAsync(T resource)
    {
        Interlocked.Decrement(ref _count);
        if (resource is IAsyncDisposable asynchronous)
            await asynchronous.DisposeAsync().ConfigureAwait(false);
        else
            (resource as IDisposable)?.Dispose();
    }

    private sealed class Lease(ResourcePool<T> pool, T resource) : IResourceLease<T>
    {
        private bool _isBroken;
        private int _isReturned;

        public T Resource
        {
            get
            {
                ObjectDisposedException.ThrowIf(Volatile.Read(ref _isReturned) != 0, this);
                return resource;
            }
        }

        public void Discard() => _isBroken = true;

        public ValueTask DisposeAsync() => Interlocked.Exchange(ref _isReturned, 1) == 0 ? pool.ReturnAsync(resource, _isBroken) : default;
    }
}
