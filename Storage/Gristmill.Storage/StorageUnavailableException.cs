namespace Gristmill.Storage;

/// <summary>
/// The store could not do what was asked, and did not do it: full, closed, over its queue, or the storage below it failed. For a
/// write this is a known outcome: nothing of it was stored.
/// </summary>
public sealed class StorageUnavailableException(string message, Exception? innerException = null, TimeSpan? retryAfter = null)
    : GristmillException(ErrorCodes.StorageUnavailable, message, isTransient: true, innerException)
{
    /// <summary>How long to wait before trying again; null when there is no telling.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    public override TaskError ToError() => base.ToError() with { RetryAfter = RetryAfter };
}
