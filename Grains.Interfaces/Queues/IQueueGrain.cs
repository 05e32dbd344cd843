using System.Collections.Immutable;

namespace Gristmill.Grains.Queues;

/// <summary>
/// A queue's settings; the key is its name. Any name is a queue: one that nobody gave settings has none, and costs nothing. What it answers to a
/// change is on stable storage, and known to every partition.
/// </summary>
[Alias("gm.IQueueGrain")]
public interface IQueueGrain : IGrainWithStringKey
{
    [Alias("Get"), Repeatable]
    Task<QueueInfo> GetAsync(CancellationToken cancellationToken = default);

    /// <summary>Replaces the limits; whether the queue is paused stays as it is.</summary>
    [Alias("Put")]
    Task<QueueInfo> PutAsync(QueueLimits limits, CancellationToken cancellationToken = default);

    /// <summary>Starts none of its tasks any more; those that run go on.</summary>
    [Alias("Pause")]
    Task<QueueInfo> PauseAsync(CancellationToken cancellationToken = default);

    [Alias("Resume")]
    Task<QueueInfo> ResumeAsync(CancellationToken cancellationToken = default);
}

/// <summary>All queues. A stateless worker; the key is 0.</summary>
[Alias("gm.IQueueListGrain")]
public interface IQueueListGrain : IGrainWithIntegerKey
{
    /// <summary>The queues that have settings, or tasks that are not over, by name.</summary>
    [Alias("List"), Repeatable]
    Task<ImmutableArray<QueueInfo>> ListAsync(CancellationToken cancellationToken = default);
}

/// <summary>Which tasks of a queue may start; null means no limit.</summary>
/// <param name="MaxConcurrency">Tasks that run at once.</param>
/// <param name="Rate">Tasks that start.</param>
/// <param name="MaxConcurrencyPerKey">Tasks of one queue key that run at once.</param>
/// <param name="RatePerKey">Tasks of one queue key that start.</param>
[GenerateSerializer, Immutable, Alias("gm.QueueLimits")]
public sealed record QueueLimits(
    [property: Id(0)] int? MaxConcurrency = null,
    [property: Id(1)] RateLimit? Rate = null,
    [property: Id(2)] int? MaxConcurrencyPerKey = null,
    [property: Id(3)] RateLimit? RatePerKey = null)
{
    public bool HasAny => LimitsQueue || LimitsKeys;

    public bool LimitsQueue => MaxConcurrency is not null || Rate is not null;

    public bool LimitsKeys => MaxConcurrencyPerKey is not null || RatePerKey is not null;
}

/// <summary>Within any span of one period, at most so many.</summary>
/// <param name="Limit">1 or more.</param>
/// <param name="Period">Above zero.</param>
[GenerateSerializer, Immutable, Alias("gm.RateLimit")]
public sealed record RateLimit([property: Id(0)] int Limit, [property: Id(1)] TimeSpan Period);

/// <summary>What is set for a queue.</summary>
/// <param name="Name">The queue.</param>
/// <param name="Limits">Its limits.</param>
/// <param name="IsPaused">True while none of its tasks is started.</param>
/// <param name="Version">Raised by each change; 0 when nothing was ever set.</param>
[GenerateSerializer, Immutable, Alias("gm.QueueSettings")]
public sealed record QueueSettings(
    [property: Id(0)] string Name, [property: Id(1)] QueueLimits Limits, [property: Id(2)] bool IsPaused, [property: Id(3)] long Version)
{
    /// <summary>True when a task of the queue can ever have to wait for the queue.</summary>
    public bool Holds => IsPaused || Limits.HasAny;
}

/// <summary>A queue as it is now.</summary>
/// <param name="Settings">What is set.</param>
/// <param name="Ready">Tasks that are ready and wait.</param>
/// <param name="Running">Tasks that run.</param>
/// <param name="OldestReadyAt">Since when the longest waiting one is ready, to the second; null when none waits.</param>
[GenerateSerializer, Immutable, Alias("gm.QueueInfo")]
public sealed record QueueInfo(
    [property: Id(0)] QueueSettings Settings,
    [property: Id(1)] long Ready,
    [property: Id(2)] long Running,
    [property: Id(3)] DateTimeOffset? OldestReadyAt);
