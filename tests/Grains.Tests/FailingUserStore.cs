using System.Runtime.CompilerServices;
using Gristmill.Storage;

namespace Gristmill.Grains.Tests;

/// <summary>A store whose next write fails as a test says: before it happens, or after.</summary>
internal sealed class FailingUserStore(IUserStore inner) : IUserStore
{
    private Exception? _before;
    private Exception? _after;
    private Exception? _beforeRead;
    private Exception? _beforeEnumeration;
    private EnumerationPause? _pause;

    /// <summary>The next write throws and does nothing.</summary>
    public void FailNextWrite(Exception exception) => _before = exception;

    /// <summary>The next write happens, and throws all the same.</summary>
    public void FailAfterNextWrite(Exception exception) => _after = exception;

    /// <summary>The next read of one record throws.</summary>
    public void FailNextRead(Exception exception) => _beforeRead = exception;

    /// <summary>The next enumeration throws at once.</summary>
    public void FailNextEnumeration(Exception exception) => _beforeEnumeration = exception;

    /// <summary>The next enumeration stops, holding its first record as it was read, until it is released.</summary>
    public EnumerationPause PauseNextEnumeration() => _pause = new EnumerationPause();

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

    public ValueTask<StoredUser?> ReadAsync(long id, CancellationToken cancellationToken = default) =>
        Interlocked.Exchange(ref _beforeRead, null) is { } failure ? throw failure : inner.ReadAsync(id, cancellationToken);

    public async ValueTask<IReadOnlyList<StoredUser>> InsertManyAsync(IReadOnlyList<StoredUser> users, CancellationToken cancellationToken = default) =>
        await WriteAsync(() => inner.InsertManyAsync(users, cancellationToken));

    public ValueTask<long> ReserveIdsAsync(int count, CancellationToken cancellationToken = default) => inner.ReserveIdsAsync(count, cancellationToken);

    public async IAsyncEnumerable<StoredUser> EnumerateAsync(
        int partition, int partitionCount, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _beforeEnumeration, null) is { } failure)
            throw failure;
        await foreach (StoredUser user in inner.EnumerateAsync(partition, partitionCount, cancellationToken))
        {
            if (Interlocked.Exchange(ref _pause, null) is { } pause)
            {
                pause.Reached.SetResult();
                await pause.Released.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
            }

            yield return user;
        }
    }

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

internal sealed class EnumerationPause
{
    public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Released { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
