using Orleans.Concurrency;

namespace Gristmill.Grains.Users;

/// <summary>
/// One user record; the key is its id. Records come into being through <see cref="IUserCollectionGrain"/>. Every write answers after
/// the record is on stable storage and lists, searches and counts agree with it.
/// </summary>
[Alias("gm.IUserGrain")]
public interface IUserGrain : IGrainWithIntegerKey
{
    /// <summary>The record, or null when there is none.</summary>
    [Alias("Get"), ReadOnly, Repeatable]
    Task<User?> GetAsync(CancellationToken cancellationToken = default);

    /// <summary>Replaces the record's fields.</summary>
    /// <param name="fields">The new values.</param>
    /// <param name="ifVersion">The version that the record must have; null takes any.</param>
    /// <param name="cancellationToken">Gives up waiting; a write that has begun is finished.</param>
    [Alias("Update")]
    Task<UserWriteResult> UpdateAsync(UserFields fields, long? ifVersion, CancellationToken cancellationToken = default);

    /// <summary>Deletes the record.</summary>
    /// <param name="ifVersion">The version that the record must have; null takes any.</param>
    /// <param name="cancellationToken">Gives up waiting; a write that has begun is finished.</param>
    [Alias("Delete")]
    Task<UserWriteResult> DeleteAsync(long? ifVersion, CancellationToken cancellationToken = default);
}
