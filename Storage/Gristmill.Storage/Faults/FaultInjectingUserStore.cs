using System.Runtime.CompilerServices;

namespace Gristmill.Storage;

/// <summary>A user store whose calls meet faults: for tests of what lies above.</summary>
public sealed class FaultInjectingUserStore(IUserStore inner, StorageFaults faults) : IUserStore
{
    public ValueTask<StoredUser?> ReadAsync(long id, CancellationToken cancellationToken = default) =>
        faults.ReadAsync(() => inner.ReadAsync(id, cancellationToken), cancellationToken);

    public ValueTask<StoredUser> InsertAsync(StoredUser user, CancellationToken cancellationToken = default) =>
        faults.WriteAsync(() => inner.InsertAsync(user, cancellationToken), interfere: null, cancellationToken);

    public ValueTask<IReadOnlyList<StoredUser>> InsertManyAsync(IReadOnlyList<StoredUser> users, CancellationToken cancellationToken = default) =>
        faults.WriteAsync(() => inner.InsertManyAsync(users, cancellationToken), interfere: null, cancellationToken);

    public ValueTask<StoredUser> UpdateAsync(StoredUser user, long expectedVersion, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(user);
        return faults.WriteAsync(
            () => inner.UpdateAsync(user, expectedVersion, cancellationToken), () => RaiseVersionAsync(user.Id, cancellationToken), cancellationToken);
    }

    public async ValueTask DeleteAsync(long id, long expectedVersion, CancellationToken cancellationToken = default) =>
        await faults.WriteAsync(
            async () =>
            {
                await inner.DeleteAsync(id, expectedVersion, cancellationToken).ConfigureAwait(false);
                return true;
            },
            () => RaiseVersionAsync(id, cancellationToken),
            cancellationToken).ConfigureAwait(false);

    public ValueTask<long> ReserveIdsAsync(int count, CancellationToken cancellationToken = default) =>
        faults.WriteAsync(() => inner.ReserveIdsAsync(count, cancellationToken), interfere: null, cancellationToken);

    /// <summary>Meets one fault at its beginning and one at each thousandth record.</summary>
    public async IAsyncEnumerable<StoredUser> EnumerateAsync(
        int partition, int partitionCount, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        int count = 0;
        await foreach (StoredUser user in inner.EnumerateAsync(partition, partitionCount, cancellationToken).ConfigureAwait(false))
        {
            if (count++ % 1_000 == 0)
                await faults.ReadAsync(static () => new ValueTask<bool>(true), cancellationToken).ConfigureAwait(false);
            yield return user;
        }
    }

    public ValueTask<long> CountAsync(CancellationToken cancellationToken = default) =>
        faults.ReadAsync(() => inner.CountAsync(cancellationToken), cancellationToken);

    public async ValueTask PingAsync(CancellationToken cancellationToken = default) =>
        await faults.ReadAsync(
            async () =>
            {
                await inner.PingAsync(cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);

    private async ValueTask RaiseVersionAsync(long id, CancellationToken cancellationToken)
    {
        if (await inner.ReadAsync(id, cancellationToken).ConfigureAwait(false) is { } user)
            await inner.UpdateAsync(user, user.Version, cancellationToken).ConfigureAwait(false);
    }
}
