using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Gristmill.Grains.Queues;

namespace Gristmill.Client.Queues;

/// <summary>What a client sends to limit a queue; <see cref="QueueLimitsReader"/> reads it.</summary>
internal sealed record QueueLimitsInput(
    [property: Range(1, QueueLimitsReader.MaxCount), Description("Tasks that run at once. Missing means no limit.")] int? MaxConcurrency = null,
    [property: Description("Tasks that start.")] RateLimitInput? RateLimit = null,
    [property: Range(1, QueueLimitsReader.MaxCount), Description("Tasks of one queueKey that run at once.")] int? MaxConcurrencyPerKey = null,
    [property: Description("Tasks of one queueKey that start.")] RateLimitInput? RateLimitPerKey = null);

/// <summary>Within any span of one period, at most so many.</summary>
internal sealed record RateLimitInput(
    [property: Range(1, QueueLimitsReader.MaxCount)] int Limit,
    [property: Description("A length of time: 60, \"60s\", \"1m\" or \"PT1M\"; 100 ms to 31 days.")] JsonElement Period);

/// <summary>A queue as clients see it; times are UTC.</summary>
internal sealed record QueueView(
    string Name,
    bool Paused,
    [property: Description("Tasks that are ready and wait.")] long Depth,
    [property: Description("Tasks that run.")] long Running,
    [property: Description("Since when the longest waiting task is ready, to the second.")] DateTime? OldestReadyAt = null,
    [property: Description("How long that is ago.")] double? OldestAgeSeconds = null,
    int? MaxConcurrency = null,
    RateLimitView? RateLimit = null,
    int? MaxConcurrencyPerKey = null,
    RateLimitView? RateLimitPerKey = null)
{
    public static QueueView Of(QueueInfo queue, DateTimeOffset now) => new(
        queue.Settings.Name,
        queue.Settings.IsPaused,
        queue.Ready,
        queue.Running,
        queue.OldestReadyAt?.UtcDateTime,
        queue.OldestReadyAt is { } oldest ? Math.Max(0, Math.Floor((now - oldest).TotalSeconds)) : null,
        queue.Settings.Limits.MaxConcurrency,
        RateLimitView.Of(queue.Settings.Limits.Rate),
        queue.Settings.Limits.MaxConcurrencyPerKey,
        RateLimitView.Of(queue.Settings.Limits.RatePerKey));
}

internal sealed record RateLimitView(int Limit, [property: Description("In seconds.")] double Period)
{
    public static RateLimitView? Of(RateLimit? rate) => rate is null ? null : new RateLimitView(rate.Limit, rate.Period.TotalSeconds);
}
