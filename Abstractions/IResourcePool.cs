namespace Gristmill;

/// <summary>
/// A bounded number of things that are dear to make and serve one task at a time: connections, models, decoders. Safe from any thread.
/// </summary>
public interface IResourcePool<T>
    where T : class
{
    /// <summary>Takes a resource that works; waits, without a thread, while all are in use. Dispose of the lease to give it back.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ObjectDisposedException">The pool is closed.</exception>
    ValueTask<IResourceLease<T>> RentAsync(CancellationToken cancellationToken = default);
}

/// <summary>The use of one resource of a pool. Disposing of it gives the resource back; doing so twice does nothing more.</summary>
public interface IResourceLease<out T> : IAsyncDisposable
    where T : class
{
    /// <exception cref="ObjectDisposedException">The resource was given back.</exception>
    T Resource { get; }

    /// <summary>Says that the resource is broken: it is closed in place of being given to another.</summary>
    void Discard();
}
