using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Gristmill.Grains.Tasks;

/// <summary>Settings of durable tasks, section <c>Tasks</c>.</summary>
public sealed class TaskOptions
{
    public const string Section = "Tasks";

    /// <summary>
    /// Parts that the tasks are divided into, each served by one grain. Fixed at the first start, since every task id carries its partition; a
    /// store that was made with another number is refused. Defaults to 8, enough for eight silos. A cluster takes one to four for each silo that it
    /// may have: each shares commits less the more there are, and every executor asks each of them (docs/scale.md).
    /// </summary>
    [Range(1, 4_096)]
    public int Partitions { get; set; } = 8;

    /// <summary>
    /// Tasks that may wait or run at once, over all partitions; more are answered 503. Defaults to 2,000,000, which take at most 2 GB of memory as
    /// they are accepted; an attempt that failed adds about 600 bytes, the last one up to 4 KB.
    /// </summary>
    [Range(1, 100_000_000)]
    public int MaxLiveTasks { get; set; } = 2_000_000;

    /// <summary>Whether this silo runs durable tasks. Default true; one that does not still keeps and serves them.</summary>
    public bool Execute { get; set; } = true;

    /// <summary>
    /// How long an executor may be silent before its tasks are given to others. Defaults to 10 s: longer than pauses of the garbage collector or
    /// of a busy machine, and short enough that nobody waits long for a lost silo's tasks.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan LeasePeriod { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a partition stays on a silo that another should have, after silos have come or gone. Defaults to 10 s, so that a silo that is
    /// restarted gets its partitions back in one move. Of no use in one process.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RebalanceDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Tasks that an executor takes at most beyond its free workers, so that workers need not wait for the next grant. It takes as many as it
    /// expects to run in 50 ms. Defaults to 4,096: no-op
    /// tasks take two commits each, and many must be under way meanwhile.
    /// </summary>
    [Range(0, 100_000)]
    public int MaxPrefetch { get; set; } = 4_096;

    /// <summary>Wait before the second attempt of a task that failed; doubles with every attempt. Defaults to 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between two attempts. Defaults to 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Executors that may be lost under a task before it fails for good. Defaults to 3.</summary>
    [Range(1, 100)]
    public int MaxCrashes { get; set; } = 3;

    /// <summary>How long tasks that succeeded, were cancelled or expired are kept. Defaults to 24 hours.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan Retention { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long tasks that failed are kept. Defaults to 7 days.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan FailedRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long an idempotency key is kept at least, from its first use. Defaults to 24 hours.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan KeyRetention { get; set; } = TimeSpan.FromHours(24);
}

[OptionsValidator]
internal sealed partial class TaskOptionsValidator : IValidateOptions<TaskOptions>;
