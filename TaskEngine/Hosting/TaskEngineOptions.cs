using System.ComponentModel.DataAnnotations;

namespace Gristmill;

/// <summary>Settings of a <see cref="TaskEngine"/>; the section <c>TaskEngine</c> of a host's configuration.</summary>
public sealed class TaskEngineOptions
{
    /// <summary>The section of a host's configuration that these settings are read from.</summary>
    public const string Section = "TaskEngine";

    /// <summary>Worker threads. Defaults to one per processor, because tasks are expected to compute.</summary>
    [Range(1, 1024)]
    public int Workers { get; set; } = Environment.ProcessorCount;

    /// <summary>
    /// Worker threads that stay when there is little to do; more are added, up to <see cref="Workers"/>, while tasks wait. Null, the default,
    /// means always all.
    /// </summary>
    [Range(1, 1024)]
    public int? MinWorkers { get; set; }

    /// <summary>Threads that may be added in place of workers that block. Defaults to 32.</summary>
    [Range(0, 1024)]
    public int MaxStandInThreads { get; set; } = 32;

    /// <summary>Tasks that may wait to be run. One more is refused with <see cref="QueueFullException"/>. Defaults to 10,000.</summary>
    [Range(1, 100_000_000)]
    public int QueueCapacity { get; set; } = 10_000;

    /// <summary>
    /// Priority classes. The priorities 0 to 9 are spread over them evenly; with the default of 3 the lanes are 7–9, 4–6 and 0–3.
    /// </summary>
    [Range(1, 10)]
    public int Lanes { get; set; } = 3;

    /// <summary>Native memory that encoded inputs and outputs of tasks may take, in bytes. Defaults to 256 MiB; what does not fit is refused.</summary>
    [Range(64L * 1024, long.MaxValue)]
    public long MemoryBudgetBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>Whether idle workers take work from busy ones. Default true; false is for measurements.</summary>
    public bool WorkStealing { get; set; } = true;

    /// <summary>Whether the engine publishes instruments in the meter <c>Gristmill.TaskEngine</c>. Default true.</summary>
    public bool Metrics { get; set; } = true;

    /// <summary>Wait before the second attempt after a transient failure; doubles with every attempt. Defaults to 100 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait between two attempts, also where the failure itself asks for a longer one. Defaults to 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Tasks of a kind, by its name, that may run at once. Kinds that are not named have no limit of their own.</summary>
    public IDictionary<string, int> ConcurrencyLimits { get; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>When a kind that keeps failing is given a rest.</summary>
    [Required]
    public CircuitBreakerOptions CircuitBreaker { get; set; } = new();

    /// <summary>
    /// How long a stop waits for handlers that do not return, once the tasks are done or cancelled, before it leaves their threads behind. Defaults to 10 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The engine's name in thread names, logs and metrics.</summary>
    [Required, StringLength(64, MinimumLength = 1)]
    public string Name { get; set; } = "gristmill";
}

/// <summary>When a task kind that keeps failing is given a rest. Every kind has its own breaker.</summary>
public sealed class CircuitBreakerOptions
{
    /// <summary>Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The share of failed attempts that opens the breaker. Defaults to 0.5.</summary>
    [Range(0.01, 1.0)]
    public double FailureRatio { get; set; } = 0.5;

    /// <summary>Attempts below which the share means nothing. Defaults to 20.</summary>
    [Range(2, 1_000_000)]
    public int MinimumThroughput { get; set; } = 20;

    /// <summary>The time over which attempts are counted. Defaults to 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "01:00:00")]
    public TimeSpan SamplingDuration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The rest before a trial. Defaults to 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "01:00:00")]
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(5);
}
