using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>
/// A write found the record changed since it was read. A grain that lets it escape from a call is deactivated, so that the next
/// call reads afresh.
/// </summary>
[GenerateSerializer]
public class InconsistentStateException : OrleansException
{
    public InconsistentStateException()
    {
    }

    public InconsistentStateException(string message)
        : base(message)
    {
    }

    public InconsistentStateException(string message, Exception? innerException)
        : base(message, innerException!)
    {
    }

    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag)
        : this(errorMsg, storedEtag, currentEtag, storageException: null)
    {
    }

    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag, Exception? storageException)
        : base(errorMsg, storageException!)
    {
        StoredEtag = storedEtag;
        CurrentEtag = currentEtag;
    }

    public InconsistentStateException(string? storedEtag, string? currentEtag, Exception storageException)
        : this(storageException?.Message ?? "", storedEtag, currentEtag, storageException)
    {
    }

    /// <summary>The ETag in the store.</summary>
    public string? StoredEtag { get; }

    /// <summary>The ETag that the writer had.</summary>
    public string? CurrentEtag { get; }

    // True until the activation that raised it has been told to end.
    internal bool IsSourceActivation { get; set; } = true;

    public override string ToString() => $"{base.ToString()}{Environment.NewLine}StoredEtag={StoredEtag} CurrentEtag={CurrentEtag}";
}
