using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Gristmill.Client;

/// <summary>Settings of the HTTP gateway, section <c>Gateway</c>.</summary>
public sealed class GatewayOptions
{
    public const string Section = "Gateway";

    /// <summary>
    /// Bytes that a request body may have. Defaults to 4 MiB: room for a batch or a vector, and small enough that a thousand at once
    /// fit in memory. A larger body is answered 413.
    /// </summary>
    [Range(1_024, 1L << 30)]
    public long MaxRequestBodyBytes { get; set; } = 4 << 20;

    /// <summary>
    /// How long a client may take to send the head of a request, before its connection is cut. Defaults to 30 seconds, which the slowest network does
    /// not need. (A body must come at 240 bytes a second after its first 5 seconds, and an answer be read as fast.)
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan HeadTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The longest <c>wait</c> that a client may ask for. Defaults to 10 minutes, so that a connection is not held for ever.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:59:00")]
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// After SIGTERM, how long <c>/health/ready</c> answers 503 while requests are still taken, so that a load balancer can turn away
    /// first. Defaults to zero: a single machine has none.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan DrainDelay { get; set; } = TimeSpan.Zero;

    /// <summary>
    /// After the drain delay, how long requests and tasks under way may take to finish; what is left then is cut off. Defaults to
    /// 20 seconds, which fits the 30 that orchestrators usually give a process.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// User ids that the gateway reserves at once while few users are created; while many are, it reserves more. Defaults to 32; ids left over
    /// when the process ends are lost, so a larger block makes larger gaps and fewer reservations.
    /// </summary>
    [Range(1, 100_000)]
    public int UserIdBlock { get; set; } = 32;

    /// <summary>
    /// Users that <c>POST /users/batch</c> takes at once; more are answered 413. Defaults to 10,000: one transaction of about a tenth of a second,
    /// in which other writes wait.
    /// </summary>
    [Range(1, 100_000)]
    public int MaxUserBatch { get; set; } = 10_000;

    /// <summary>
    /// Tasks that <c>POST /tasks/batch</c> takes at once (more are answered 413), and that <c>/tasks/cancel</c> and <c>/tasks/retry</c> go
    /// through in one call. Defaults to 10,000: about a third of a second's work.
    /// </summary>
    [Range(1, 100_000)]
    public int MaxTaskBatch { get; set; } = 10_000;
}

[OptionsValidator]
internal sealed partial class GatewayOptionsValidator : IValidateOptions<GatewayOptions>;
