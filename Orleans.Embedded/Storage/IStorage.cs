namespace Orleans.Core;

/// <summary>State that is kept in a store. Called from the grain's turns only.</summary>
public interface IStorage
{
    /// <summary>The version that was last read or written; null when there is no record.</summary>
    string? Etag { get; }

    /// <summary>True when the store holds a record.</summary>
    bool RecordExists { get; }

    /// <summary>Deletes the record and resets the state.</summary>
    /// <exception cref="Orleans.Storage.InconsistentStateException">The record has changed since it was read.</exception>
    Task ClearStateAsync();

    /// <inheritdoc cref="ClearStateAsync()"/>
    Task ClearStateAsync(CancellationToken cancellationToken) => ClearStateAsync();

    /// <summary>Writes the state.</summary>
    /// <exception cref="Orleans.Storage.InconsistentStateException">The record has changed since it was read.</exception>
    Task WriteStateAsync();

    /// <inheritdoc cref="WriteStateAsync()"/>
    Task WriteStateAsync(CancellationToken cancellationToken) => WriteStateAsync();

    /// <summary>Reads the state afresh.</summary>
    Task ReadStateAsync();

    /// <inheritdoc cref="ReadStateAsync()"/>
    Task ReadStateAsync(CancellationToken cancellationToken) => ReadStateAsync();
}

/// <summary>State of a known type.</summary>
public interface IStorage<TState> : IStorage
{
    TState State { get; set; }
}
