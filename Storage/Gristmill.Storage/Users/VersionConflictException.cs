namespace Gristmill.Storage;

/// <summary>A record is not at the version that the write named; nothing was written.</summary>
public sealed class VersionConflictException(long id, long expectedVersion, long? actualVersion)
    : GristmillException(ErrorCodes.VersionConflict, Describe(id, expectedVersion, actualVersion), isTransient: false)
{
    public long Id { get; } = id;

    /// <summary>The version that the write named; 0 when it was to create the record.</summary>
    public long ExpectedVersion { get; } = expectedVersion;

    /// <summary>The version that the record has; null when there is none.</summary>
    public long? ActualVersion { get; } = actualVersion;

    private static string Describe(long id, long expectedVersion, long? actualVersion) => (expectedVersion, actualVersion) switch
    {
        (0, _) => $"Record {id} exists already.",
        (_, null) => $"Record {id} does not exist.",
        _ => $"Record {id} is at version {actualVersion}, not {expectedVersion}.",
    };
}
