namespace Gristmill.Storage;

/// <summary>
/// A write was sent and its answer was lost (a time-out, a broken connection): it may or may not be stored. The caller reads before it
/// decides; repeating blindly can meet its own first attempt as a conflict.
/// </summary>
public sealed class StorageOutcomeUnknownException(string message, Exception? innerException = null)
    : GristmillException(ErrorCodes.StorageUnavailable, message, isTransient: false, innerException);
