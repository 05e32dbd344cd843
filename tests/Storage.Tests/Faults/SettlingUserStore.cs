using System.Runtime.CompilerServices;

namespace Gristmill.Storage.Tests.Faults;

/// <summary>
/// A caller that does what <see cref="IUserStore"/> tells it to: repeats what was not done, and reads where the outcome is unknown. That the
/// conformance suite passes through it over a store that injects faults shows that the contract gives a caller all it needs.
/// </summary>
internal sealed class SettlingUserStore(IUserStore inner) : IUserStore
{
    private const int MaxAttempts = 40;

    public ValueTask<StoredUser?> ReadAsync(long id, CancellationToken cancellationToken = default) =>
        RepeatAsync(() => inner.ReadAsync(id, cancellationToken));

    public ValueTask<StoredUser> InsertAsync(StoredUser user, CancellationToken cancellationToken = default) => RepeatAsync(async () =>
    {
        try
        {
            return await inner.InsertAsync(user, cancellationToken);
        }
        catch (StorageOutcomeUnknownException unknown)
        {
            return await FindAsync(user, unknown, cancellationToken) ?? throw new StorageUnavailableException("Not inserted.");
        }
    });

    public ValueTask<IReadOnlyList<StoredUser>> InsertManyAsync(
        IReadOnlyList<StoredUser> users, CancellationToken cancellationToken = default) => RepeatAsync(async () =>
    {
        try
        {
            return await inner.InsertManyAsync(users, cancellationToken);
        }
        catch (StorageOutcomeUnknownException unknown) when (users.Count > 0)
        {
            if (await FindAsync(users[0], unknown, cancellationToken) is null)
                throw new StorageUnavailableException("Not inserted.");
            // All or nothing: the first one tells for all.
            var stored = new List<StoredUser>();
            foreach (StoredUser user in users)
                stored.Add((await ReadAsync(user.Id, cancellationToken))!);
            return stored;
        }
    });

    public ValueTask<StoredUser> UpdateAsync(
        StoredUser user, long expectedVersion, CancellationToken cancellationToken = default) => RepeatAsync(async () =>
    {
        try
        {
            return await inner.UpdateAsync(user, expectedVersion, cancellationToken);
        }
        catch (StorageOutcomeUnknownException)
        {
            StoredUser? now = await ReadAsync(user.Id, cancellationToken);
            if (now?.Version == expectedVersion)
                throw new StorageUnavailableException("Not updated.");
            return now == user with { Version = now?.Version ?? 0 }
                ? now
                : throw new VersionConflictException(user.Id, expectedVersion, now?.Version);
        }
    });

    public async ValueTask DeleteAsync(long id, long expectedVersion, CancellationToken cancellationToken = default)
    {
        StoredUser? before = await ReadAsync(id, cancellationToken);
        if (before?.Version != expectedVersion)
            throw new VersionConflictException(id, expectedVersion, before?.Version);
        await RepeatAsync(async () =>
        {
            try
            {
                await inner.DeleteAsync(id, expectedVersion, cancellationToken);
            }
            catch (StorageOutcomeUnknownException)
            {
                if ((await ReadAsync(id, cancellationToken))?.Version == expectedVersion)
                    throw new StorageUnavailableException("Not deleted.");
            }

            return true;
        });
    }

    public ValueTask<long> ReserveIdsAsync(int count, CancellationToken cancellationToken = default) => RepeatAsync(async () =>
    {
        try
        {
            return await inner.ReserveIdsAsync(count, cancellationToken);
        }
        catch (StorageOutcomeUnknownException)
        {
            // The block may be lost; the next one is another.
            throw new StorageUnavailableException("Not reserved.");
        }
    });

    public async IAsyncEnumerable<StoredUser> EnumerateAsync(
        int partition, int partitionCount, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (StoredUser user in await RepeatAsync(ReadAllAsync))
            yield return user;

        async ValueTask<List<StoredUser>> ReadAllAsync()
        {
            var all = new List<StoredUser>();
            await foreach (StoredUser user in inner.EnumerateAsync(partition, partitionCount, cancellationToken))
                all.Add(user);
            return all;
        }
    }

    public ValueTask<long> CountAsync(CancellationToken cancellationToken = default) => RepeatAsync(() => inner.CountAsync(cancellationToken));

    public async ValueTask PingAsync(CancellationToken cancellationToken = default) => await RepeatAsync(async () =>
    {
        await inner.PingAsync(cancellationToken);
        return true;
    });

    private async ValueTask<StoredUser?> FindAsync(StoredUser user, StorageOutcomeUnknownException unknown, CancellationToken cancellationToken)
    {
        StoredUser? now;
        try
        {
            now = await ReadAsync(user.Id, cancellationToken);
        }
        catch (StorageUnavailableException)
        {
            // Repeating the write without having read could meet the first attempt as a conflict.
            throw unknown;
        }

        if (now is null || now == user with { Version = now.Version })
            return now;
        throw new VersionConflictException(user.Id, 0, now.Version);
    }

    private static async ValueTask<T> RepeatAsync<T>(Func<ValueTask<T>> call)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (StorageUnavailableException) when (attempt < MaxAttempts)
            {
            }
        }
    }
}
