using System.Diagnostics;
using System.Text.Json.Serialization;

namespace Gristmill.Client.Users;

/// <summary>
/// How often and how long the user routes are used, since the process began. A request counts once, also one for many users, and also one
/// that is refused. Safe from any thread.
/// </summary>
internal sealed class UserStatistics
{
    // Raised when a request begins, so that whoever has its answer finds it counted.
    private long _reads;
    private long _writes;
    private long _deletes;

    // Raised together when it ends: the average is over these.
    private long _finished;
    private long _ticks;

    public UserTotals Totals
    {
        get
        {
            long reads = Interlocked.Read(ref _reads), writes = Interlocked.Read(ref _writes), deletes = Interlocked.Read(ref _deletes);
            long finished = Interlocked.Read(ref _finished);
            double averageMs = finished == 0 ? 0 : (double)Interlocked.Read(ref _ticks) / Stopwatch.Frequency * 1000 / finished;
            return new UserTotals(reads, writes, deletes, reads + writes + deletes, Math.Round(averageMs, 4));
        }
    }

    /// <summary>Measures every route of the group.</summary>
    public void Measure(RouteGroupBuilder routes) => ((IEndpointConventionBuilder)routes).Finally(endpoint =>
    {
        RequestDelegate handler = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = context => MeasureAsync(context, handler);
    });

    private async Task MeasureAsync(HttpContext context, RequestDelegate handler)
    {
        string method = context.Request.Method;
        Interlocked.Increment(ref HttpMethods.IsGet(method) ? ref _reads : ref HttpMethods.IsDelete(method) ? ref _deletes : ref _writes);
        long start = Stopwatch.GetTimestamp();
        try
        {
            await handler(context);
        }
        finally
        {
            Interlocked.Add(ref _ticks, Stopwatch.GetTimestamp() - start);
            Interlocked.Increment(ref _finished);
        }
    }
}

/// <summary>The user store in numbers.</summary>
internal sealed record UserTotals(
    long Reads,
    long Writes,
    long Deletes,
    [property: JsonPropertyName("total_requests")] long TotalRequests,
    [property: JsonPropertyName("avg_response_time_ms")] double AvgResponseTimeMs);
