namespace Gristmill;

/// <summary>
/// Records with identity, as a service hands them to its callers and plugins. Implementations say how their operations order;
/// every method is safe from any thread.
/// </summary>
public interface IRepository<TItem, TKey>
    where TItem : class
    where TKey : notnull
{
    /// <summary>Stores a new record and returns it with its key.</summary>
    Task<TItem> CreateAsync(TItem item, CancellationToken cancellationToken = default);

    /// <summary>Returns the record, or null when there is none.</summary>
    Task<TItem?> ReadAsync(TKey key, CancellationToken cancellationToken = default);

    /// <summary>Replaces a record; null when there is none.</summary>
    Task<TItem?> UpdateAsync(TKey key, TItem item, CancellationToken cancellationToken = default);

    /// <summary>True when a record was there and is gone.</summary>
    Task<bool> DeleteAsync(TKey key, CancellationToken cancellationToken = default);

    /// <summary>Records in key order, starting behind <paramref name="after"/>.</summary>
    /// <param name="after">The last key of the page before; the default of the type for the first page.</param>
    /// <param name="limit">Records at most, 1 or more.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    Task<IReadOnlyList<TItem>> ListAsync(TKey? after, int limit, CancellationToken cancellationToken = default);

    Task<long> CountAsync(CancellationToken cancellationToken = default);
}
