using System.Runtime.CompilerServices;

namespace Gristmill.Storage;

/// <summary>Measures every call of a user store, those that fail too. An enumeration is one read; a ping is none.</summary>
internal sealed class MeteredUserStore(IUserStore inner, StorageMetrics metrics, TimeProvider time) : IUserStore
{
    public async ValueTask<StoredUser?> ReadAsync(long id, CancellationToken cancellationToken = default)
    {
        long start = time.GetTimestamp();
        try
        {
            return await inner.ReadAsync(id, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            metrics.UserRead(time.GetElapsedTime(start));
        }
    }

    public async ValueTask<long> CountAsync(CancellationToken cancellationToken = default)
    {
        long start = time.GetTimestamp();
        try
        {
            return await inner.CountAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            metrics.UserRead(time.GetElapsedTime(start));
        }
    }

    public async IAsyncEnumerable<StoredUser> EnumerateAsync(
        int partition, int partitionCount, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        long start = time.GetTimestamp();
        try
        {
            await foreach (StoredUser user in inner.EnumerateAsync(partition, partitionCount, cancellationToken).ConfigureAwait(false))
                yield return user;
        }
        finally
        {
            metrics.UserRead(time.GetElapsedTime(start));
        }
    }

    public ValueTask<StoredUser> InsertAsync(StoredUser user, CancellationToken cancellationToken = default) =>
        WriteAsync((inner, user), static (call, cancellation) => call.inner.InsertAsync(call.user, cancellation), cancellationToken);

    public ValueTask<IReadOnlyList<StoredUser>> InsertManyAsync(IReadOnlyList<StoredUser> users, CancellationToken cancellationToken = default) =>
        WriteAsync((inner, users), static (call, cancellation) => call.inner.InsertManyAsync(call.users, cancellation), cancellationToken);

    public ValueTask<StoredUser> UpdateAsync(StoredUser user, long expectedVersion, CancellationToken cancellationToken = default) => WriteAsync(
        (inner, user, expectedVersion),
        static (call, cancellation) => call.inner.UpdateAsync(call.user, call.expectedVersion, cancellation),
        cancellationToken);

    public ValueTask<long> ReserveIdsAsync(int count, CancellationToken cancellationToken = default) =>
        WriteAsync((inner, count), static (call, cancellation) => call.inner.ReserveIdsAsync(call.count, cancellation), cancellationToken);

    public async ValueTask DeleteAsync(long id, long expectedVersion, CancellationToken cancellationToken = default)
    {
        long start = time.GetTimestamp();
        try
        {
            await inner.DeleteAsync(id, expectedVersion, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            metrics.UserDeleted(time.GetElapsedTime(start));
        }
    }

    public ValueTask PingAsync(CancellationToken cancellationToken = default) => inner.PingAsync(cancellationToken);

    private async ValueTask<T> WriteAsync<TCall, T>(TCall call, Func<TCall, CancellationToken, ValueTask<T>> write, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        try
        {
            return await write(call, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            metrics.UserWritten(time.GetElapsedTime(start));
        }
    }
}
