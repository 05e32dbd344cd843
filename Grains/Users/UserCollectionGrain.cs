using System.Collections.Immutable;
using Gristmill.Storage;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Gristmill.Grains.Users;

/// <summary>
/// Creates users and asks all partitions of the directory. Holds nothing. A new user has no grain yet: it is activated by the first who
/// asks for it, and one that was asked for too early looks again (<see cref="UserGrain"/>).
/// </summary>
[StatelessWorker, Reentrant]
internal sealed class UserCollectionGrain(IUserStore store, UserDirectory directory, IOptions<UserOptions> options, TimeProvider time)
    : Grain, IUserCollectionGrain
{
    /// <summary>Users that a partition is asked for beyond its even share of a page, so that one round is usually enough.</summary>
    private const int Slack = 4;

    public async Task<ImmutableArray<User>> CreateAsync(long firstId, ImmutableArray<UserFields> users, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(firstId, 1);
        ArgumentOutOfRangeException.ThrowIfZero(users.Length, nameof(users));
        cancellationToken.ThrowIfCancellationRequested();

        long now = time.GetUtcNow().ToUnixTimeSeconds();
        var records = new StoredUser[users.Length];
        for (int i = 0; i < records.Length; i++)
            records[i] = new StoredUser(firstId + i, users[i].Name, users[i].Email, now, users[i].Active);

        ImmutableArray<User> created = [.. (await InsertAsync(records)).Select(UserDirectoryGrain.Translate)];
        await directory.UpsertAsync(created);
        return created;
    }

    public async Task<ImmutableArray<User>> ListAsync(UserQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1, nameof(query));
        int partitions = options.Value.DirectoryPartitions;
        var sources = new UserMerge(query, Math.Min(query.Limit, (query.Limit / partitions) + Slack), partitions,
            (partition, part) => GrainFactory.GetGrain<IUserDirectoryGrain>(partition).ListAsync(part, partitions, cancellationToken));
        return await sources.ReadAsync();
    }

    public async Task<long> CountAsync(CancellationToken cancellationToken = default)
    {
        int partitions = options.Value.DirectoryPartitions;
        long[] counts = await Task.WhenAll(Enumerable.Range(0, partitions)
            .Select(partition => GrainFactory.GetGrain<IUserDirectoryGrain>(partition).CountAsync(partitions, cancellationToken)));
        return counts.Sum();
    }

    private async Task<IReadOnlyList<StoredUser>> InsertAsync(StoredUser[] records)
    {
        try
        {
            return await store.InsertManyAsync(records, CancellationToken.None);
        }
        catch (Exception exception) when (exception is not (VersionConflictException or StorageUnavailableException))
        {
            // They may be stored all the same.
            directory.Doubt(records.Select(record => record.Id));
            throw;
        }
    }
}
