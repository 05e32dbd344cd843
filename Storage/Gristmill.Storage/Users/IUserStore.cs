namespace Gristmill.Storage;

/// <summary>
/// The user records. Every write answers only after it is on stable storage, and a read that begins after that answer sees it.
/// Every method is safe from any thread.
/// </summary>
/// <remarks>
/// A cancelled write was not written: the token counts until the write begins, and is not looked at afterwards. A
/// <see cref="StorageUnavailableException"/> says the same: not written. A store across a network can also throw
/// <see cref="StorageOutcomeUnknownException"/> from any write.
/// </remarks>
public interface IUserStore
{
    /// <summary>The record, or null when there is none; any number may be asked for.</summary>
    /// <exception cref="StorageUnavailableException">The store cannot read.</exception>
    ValueTask<StoredUser?> ReadAsync(long id, CancellationToken cancellationToken = default);

    /// <summary>Creates the record; <see cref="StoredUser.Version"/> of the argument is not looked at.</summary>
    /// <returns>The record with its version.</returns>
    /// <exception cref="VersionConflictException">The id exists.</exception>
    /// <exception cref="StorageUnavailableException">The store cannot write; nothing was written.</exception>
    ValueTask<StoredUser> InsertAsync(StoredUser user, CancellationToken cancellationToken = default);

    /// <summary>Creates all records in one transaction, or none.</summary>
    /// <returns>The records with their versions, in the order given.</returns>
    /// <exception cref="VersionConflictException">An id exists, or is in the list twice.</exception>
    /// <exception cref="StorageUnavailableException">The store cannot write; nothing was written.</exception>
    ValueTask<IReadOnlyList<StoredUser>> InsertManyAsync(IReadOnlyList<StoredUser> users, CancellationToken cancellationToken = default);

    /// <summary>Replaces the record if it is at <paramref name="expectedVersion"/>.</summary>
    /// <returns>The record with its new version.</returns>
    /// <exception cref="VersionConflictException">The record is at another version, or there is none.</exception>
    /// <exception cref="StorageUnavailableException">The store cannot write; nothing was written.</exception>
    ValueTask<StoredUser> UpdateAsync(StoredUser user, long expectedVersion, CancellationToken cancellationToken = default);

    /// <summary>Deletes the record if it is at <paramref name="expectedVersion"/>.</summary>
    /// <exception cref="VersionConflictException">The record is at another version, or there is none.</exception>
    /// <exception cref="StorageUnavailableException">The store cannot write; nothing was written.</exception>
    ValueTask DeleteAsync(long id, long expectedVersion, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reserves <paramref name="count"/> ids in a row, on stable storage before the answer. An id is handed out once, whatever happens to
    /// it, and never at or below the id of any record that exists or was deleted.
    /// </summary>
    /// <returns>The first id; the last is this + <paramref name="count"/> - 1.</returns>
    /// <exception cref="InvalidOperationException">Fewer than <paramref name="count"/> ids are left.</exception>
    /// <exception cref="StorageUnavailableException">The store cannot write; nothing was reserved.</exception>
    ValueTask<long> ReserveIdsAsync(int count, CancellationToken cancellationToken = default);

    /// <summary>
    /// The records of one partition (id mod <paramref name="partitionCount"/> = <paramref name="partition"/>) in id order. Every record that
    /// exists from the first step to the last is among them; one written meanwhile may be there in either form, once.
    /// </summary>
    /// <exception cref="StorageUnavailableException">The store cannot read.</exception>
    IAsyncEnumerable<StoredUser> EnumerateAsync(int partition, int partitionCount, CancellationToken cancellationToken = default);

    /// <summary>How many records there are.</summary>
    /// <exception cref="StorageUnavailableException">The store cannot read.</exception>
    ValueTask<long> CountAsync(CancellationToken cancellationToken = default);

    /// <summary>Returns when the store can serve: for the readiness probe.</summary>
    /// <exception cref="StorageUnavailableException">It cannot.</exception>
    ValueTask PingAsync(CancellationToken cancellationToken = default);
}
