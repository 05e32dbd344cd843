using System.Collections.Immutable;

namespace Gristmill.Grains.Users;

/// <summary>
/// One partition of the user directory; the key is the partition, a user's is its id modulo the number of partitions. Users are told to
/// it after they are stored and before the write is acknowledged. Every call may come late or twice: the versions decide.
/// </summary>
[Alias("gm.IUserDirectoryGrain")]
public interface IUserDirectoryGrain : IGrainWithIntegerKey
{
    /// <summary>Lists the users as they are now stored; one that is older than what the directory knows is ignored.</summary>
    [Alias("Upsert")]
    Task UpsertAsync(ImmutableArray<User> users);

    /// <summary>The user was deleted at this version.</summary>
    [Alias("Remove")]
    Task RemoveAsync(long id, long version);

    /// <summary>Reads these records from the store again: for writes of which nobody knows how they, or the call that told of them, ended.</summary>
    [Alias("Refresh")]
    Task RefreshAsync(ImmutableArray<long> ids);

    /// <summary>Compares the whole partition with the store, as it does by itself from time to time.</summary>
    [Alias("Reconcile")]
    Task ReconcileAsync();

    /// <summary>A page of this partition.</summary>
    /// <param name="query">What to look for.</param>
    /// <param name="partitions">How many partitions the caller asks; one with another number than ours would miss users, and is refused.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    [Alias("List")]
    Task<UserPage> ListAsync(UserQuery query, int partitions, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ListAsync"/>
    [Alias("Count")]
    Task<long> CountAsync(int partitions, CancellationToken cancellationToken = default);
}

/// <summary>Users of one partition in id order.</summary>
/// <param name="Users">The users.</param>
/// <param name="IsLast">True when the partition holds no more that match.</param>
[GenerateSerializer, Immutable, Alias("gm.UserPage")]
public sealed record UserPage([property: Id(0)] ImmutableArray<User> Users, [property: Id(1)] bool IsLast);
