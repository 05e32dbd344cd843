using Gristmill.Storage;

namespace Gristmill.Grains.Queues;

/// <summary>Queue settings between a store and grain calls.</summary>
internal static class StoredQueues
{
    public static QueueSettings Read(StoredQueueSettings stored) => new(
        stored.Name,
        new QueueLimits(stored.MaxConcurrency, Read(stored.Rate), stored.MaxConcurrencyPerKey, Read(stored.RatePerKey)),
        stored.IsPaused,
        stored.Version);

    public static StoredQueueSettings Write(QueueSettings settings) => new(
        settings.Name,
        settings.Version,
        settings.IsPaused,
        settings.Limits.MaxConcurrency,
        Write(settings.Limits.Rate),
        settings.Limits.MaxConcurrencyPerKey,
        Write(settings.Limits.RatePerKey));

    private static RateLimit? Read(StoredRate? rate) => rate is null ? null : new RateLimit(rate.Limit, rate.Period);

    private static StoredRate? Write(RateLimit? rate) => rate is null ? null : new StoredRate(rate.Limit, rate.Period);
}
