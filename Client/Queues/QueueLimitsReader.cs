using System.Text.Json;
using Gristmill.Client.Json;
using Gristmill.Grains.Queues;

namespace Gristmill.Client.Queues;

/// <summary>Reads and checks the limits of a queue.</summary>
internal static class QueueLimitsReader
{
    public const int MaxCount = 1_000_000;

    private static readonly TimeSpan s_minPeriod = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_maxPeriod = TimeSpan.FromDays(31);

    public static async ValueTask<QueueLimits> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        (JsonDocument document, JsonFields fields) = await JsonBody.ReadObjectAsync(request, cancellationToken);
        using (document)
        {
            var limits = new QueueLimits(
                fields.Int("maxConcurrency", 1, MaxCount), ReadRate(fields, "rateLimit"), fields.Int("maxConcurrencyPerKey", 1, MaxCount),
                ReadRate(fields, "rateLimitPerKey"));
            fields.ThrowIfInvalid();
            return limits;
        }
    }

    private static RateLimit? ReadRate(JsonFields fields, string name)
    {
        if (fields.Object(name) is not { } rate)
            return null;
        int? limit = rate.Int("limit", 1, MaxCount);
        TimeSpan? period = rate.LengthOfTime("period", s_maxPeriod);
        rate.Any("limit", required: true);
        rate.Any("period", required: true);
        if (period < s_minPeriod)
            rate.Error("period", $"must be at least {s_minPeriod.TotalMilliseconds:0} ms");
        fields.TakeErrors(name, rate);
        return limit is { } count && period is { } span ? new RateLimit(count, span) : null;
    }
}
