using Gristmill.Storage;

namespace Gristmill.Grains.Tests;

/// <summary>A store whose next write fails as a test says: before it happens, or after.</summary>
internal sealed class FailingUserStore(IUserStore inner) : IUserStore
{
    private Exception? _before;
    private Exception? _after;

    /// <summary>The next write throws and does nothing.</summary>
    public void FailNextWrite(Exception exception) => _before = exception;

    /// <summary>The next write happens, and throws all the same.</summary>
    public void FailAfterNextWrite(Exception exception) => _after = exception;

    public async ValueTask<StoredUser> InsertAsync(StoredUser user, CancellationToken cancellationToken = default) =>
        await WriteAsync(() => inner.InsertAsync(user, cancellationToken));

    public async ValueTask<StoredUser> UpdateAsync(StoredUser user, long expectedVersion, CancellationToken cancellationToken = default) =>
        await WriteAsync(() => inner.UpdateAsync(user, expectedVersion, cancellationToken));

    public async ValueTask DeleteAsync(long id, long expectedVersion, CancellationToken cancellationToken = default) =>
        await WriteAsync(async () =>
        {
            await inner.DeleteAsync(id, expectedVersion, cancellationToken);
            return true;
        });

    public ValueTask<StoredUser?> ReadAsync(long id, CancellationToken cancellationToken = default) => inner.ReadAsync(id, cancellationToken);

    public ValueTask<IReadOnlyList<StoredUser>> InsertManyAsync(IReadOnlyList<StoredUser> users, CancellationToken cancellationToken = default) =>
        inner.InsertManyAsync(users, cancellationToken);

    public ValueTask<long> ReserveIdsAsync(int count, CancellationToken cancellationToken = default) => inner.ReserveIdsAsync(count, cancellationToken);

    public IAsyncEnumerable<StoredUser> EnumerateAsync(int partition, int partitionCount, CancellationToken cancellationToken = default) =>
        inner.EnumerateAsync(partition, partitionCount, cancellationToken);

    public ValueTask<long> CountAsync(CancellationToken cancellationToken = default) => inner.CountAsync(cancellationToken);

    public ValueTask PingAsync(CancellationToken cancellationToken = default) => inner.PingAsync(cancellationToken);

    private async ValueTask<T> WriteAsync<T>(Func<ValueTask<T>> write)
    {
        if (Interlocked.Exchange(ref _before, null) is { } before)
            throw before;
        T result = await write();
        return Interlocked.Exchange(ref _after, null) is { } after ? throw after : result;
    }
}
