using Orleans.Concurrency;

namespace Gristmill.Grains.Users;

/// <summary>One user record; the key is its id. Every write answers after the record is on stable storage.</summary>
[Alias("gm.IUserGrain")]
public interface IUserGrain : IGrainWithIntegerKey
{
    /// <summary>The record, or null when there is none.</summary>
    [Alias("Get"), ReadOnly]
    Task<UserRecord?> GetAsync(CancellationToken cancellationToken = default);

    /// <summary>Creates the record. Meant for a fresh id from <see cref="IUserIdGrain"/>.</summary>
    /// <returns><see cref="UserWriteStatus.PreconditionFailed"/> when the id is taken.</returns>
    [Alias("Create")]
    Task<UserWriteResult> CreateAsync(UserFields fields, CancellationToken cancellationToken = default);

    /// <summary>Replaces the record's fields.</summary>
    /// <param name="fields">The new values.</param>
    /// <param name="ifMatch">The ETag that the record must have; null takes any.</param>
    /// <param name="cancellationToken">Gives up waiting; a write that has begun is finished.</param>
    [Alias("Update")]
    Task<UserWriteResult> UpdateAsync(UserFields fields, string? ifMatch, CancellationToken cancellationToken = default);

    /// <summary>Deletes the record.</summary>
    /// <param name="ifMatch">The ETag that the record must have; null takes any.</param>
    /// <param name="cancellationToken">Gives up waiting; a write that has begun is finished.</param>
    [Alias("Delete")]
    Task<UserWriteResult> DeleteAsync(string? ifMatch, CancellationToken cancellationToken = default);
}
