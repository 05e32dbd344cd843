using System.Collections.Immutable;

namespace Gristmill.Grains.Tasks;

/// <summary>A durable task as it is now.</summary>
[GenerateSerializer, Immutable, Alias("gm.TaskInfo")]
public sealed record TaskInfo
{
    [Id(0)]
    public required TaskId Id { get; init; }

    [Id(1)]
    public required string Kind { get; init; }

    [Id(2)]
    public required string Queue { get; init; }

    [Id(3)]
    public string? QueueKey { get; init; }

    [Id(4)]
    public required int Priority { get; init; }

    [Id(5)]
    public long? Owner { get; init; }

    [Id(6)]
    public ImmutableArray<string> Tags { get; init; } = [];

    [Id(7)]
    public required TimeSpan Timeout { get; init; }

    [Id(8)]
    public required int MaxAttempts { get; init; }

    [Id(9)]
    public DateTimeOffset? Deadline { get; init; }

    [Id(10)]
    public TaskId? RetryOf { get; init; }

    [Id(11)]
    public required TaskState State { get; init; }

    /// <summary>When it becomes, or became, ready.</summary>
    [Id(12)]
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>Why it has not begun, as a sentence; null when it runs, is over, or comes from a list.</summary>
    [Id(13)]
    public string? WaitReason { get; init; }

    /// <summary>Executors lost under it.</summary>
    [Id(14)]
    public int Crashes { get; init; }

    [Id(15)]
    public bool CancelRequested { get; init; }

    /// <summary>The silo that runs it, or ran it last; null before the first start, and when the last one was taken from a silo.</summary>
    [Id(16)]
    public string? Silo { get; init; }

    /// <summary>When the last attempt began; null before the first.</summary>
    [Id(17)]
    public DateTimeOffset? StartedAt { get; init; }

    [Id(18)]
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The JSON output of a task that succeeded; empty in a list.</summary>
    [Id(19)]
    public ReadOnlyMemory<byte> Output { get; init; }

    /// <summary>Why it, or its last attempt, failed.</summary>
    [Id(20)]
    public TaskError? Error { get; init; }

    /// <summary>The attempts that did not succeed, oldest first.</summary>
    [Id(21)]
    public ImmutableArray<TaskAttemptInfo> FailedAttempts { get; init; } = [];

    /// <summary>What the running handler reported last, 0 to 1; null when it does not run or comes from a list.</summary>
    [Id(22)]
    public double? Progress { get; init; }

    /// <summary>Differs after every change, <see cref="Progress"/> included.</summary>
    [Id(23)]
    public long Version { get; init; }
}

/// <summary>An attempt that failed or was lost.</summary>
/// <param name="StartedAt">When it was granted.</param>
/// <param name="EndedAt">When its end was recorded.</param>
/// <param name="Silo">Where it ran.</param>
/// <param name="Error">What it ended with.</param>
[GenerateSerializer, Immutable, Alias("gm.TaskAttemptInfo")]
public sealed record TaskAttemptInfo(
    [property: Id(0)] DateTimeOffset StartedAt,
    [property: Id(1)] DateTimeOffset EndedAt,
    [property: Id(2)] string Silo,
    [property: Id(3)] TaskError Error);
