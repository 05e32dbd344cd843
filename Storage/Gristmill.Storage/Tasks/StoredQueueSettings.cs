namespace Gristmill.Storage;

/// <summary>What is set for a queue; null means no limit. Periods are kept to the millisecond.</summary>
/// <param name="Name">The queue.</param>
/// <param name="Version">Raised by one with each write; the first is 1.</param>
/// <param name="IsPaused">True while none of its tasks is started.</param>
/// <param name="MaxConcurrency">Tasks that run at once.</param>
/// <param name="Rate">Tasks that start within a period.</param>
/// <param name="MaxConcurrencyPerKey">Tasks of one queue key that run at once.</param>
/// <param name="RatePerKey">Tasks of one queue key that start within a period.</param>
public sealed record StoredQueueSettings(
    string Name, long Version, bool IsPaused, int? MaxConcurrency, StoredRate? Rate, int? MaxConcurrencyPerKey, StoredRate? RatePerKey)
{
    /// <exception cref="ArgumentException">It holds what no store takes.</exception>
    internal void Check()
    {
        StoredText.Check(Name, nameof(Name));
        ArgumentOutOfRangeException.ThrowIfLessThan(Version, 1, nameof(Version));
    }
}

/// <summary>At most so many within a period.</summary>
public sealed record StoredRate(int Limit, TimeSpan Period);

/// <summary>Somebody else has written the queue's settings meanwhile; nothing was written.</summary>
public sealed class QueueConflictException(string name, long version)
    : GristmillException(ErrorCodes.VersionConflict, $"The settings of queue '{name}' are not at version {version - 1}.", isTransient: true)
{
    public string Name { get; } = name;

    /// <summary>The version that was to be written.</summary>
    public long Version { get; } = version;
}
