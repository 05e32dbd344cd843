namespace Gristmill;

/// <summary>How one task is to be run. What is null comes from the task's kind.</summary>
public sealed record TaskRunOptions
{
    public static TaskRunOptions Default { get; } = new();

    /// <summary>The task's id; null lets the engine make one when somebody asks for it.</summary>
    public TaskId? TaskId { get; init; }

    /// <summary>0 to 9; 9 runs first. Default 5.</summary>
    public int Priority { get; init; } = 5;

    /// <summary>How long one attempt may run; null means the kind's time-out, <see cref="TimeSpan.MaxValue"/> none.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Finish by; null means never too late. Among tasks of one lane the earliest deadline runs first.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Attempts in all, 1 or more; null means the kind's number.</summary>
    /// <remarks><inheritdoc cref="TaskKind.MaxAttempts" path="/remarks"/></remarks>
    public int? MaxAttempts { get; init; }

    /// <summary>The number that the first attempt has for its handler: higher than 1 where somebody else ran the earlier ones.</summary>
    public int FirstAttempt { get; init; } = 1;

    /// <summary>What the handler reads as <see cref="TaskContext.Epoch"/>; 0 where the task is not stored.</summary>
    public long Epoch { get; init; }

    /// <summary>Hears of the handler's start and progress; null when nobody listens.</summary>
    public ITaskRunObserver? Observer { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Priority);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Priority, 9);
        if (Timeout is { } timeout)
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero, nameof(Timeout));
        if (MaxAttempts is { } attempts)
            ArgumentOutOfRangeException.ThrowIfLessThan(attempts, 1, nameof(MaxAttempts));
        ArgumentOutOfRangeException.ThrowIfLessThan(FirstAttempt, 1);
    }
}
