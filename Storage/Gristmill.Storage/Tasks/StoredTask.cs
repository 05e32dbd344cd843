using System.Collections.Immutable;

namespace Gristmill.Storage;

/// <summary>
/// A durable task as a store keeps it: what was asked for, which never changes, and how far it has come (<see cref="Progress"/>). Times are
/// kept to the millisecond. Immutable; the bytes are not changed by anyone.
/// </summary>
public sealed record StoredTask
{
    public required TaskId Id { get; init; }

    public required string Kind { get; init; }

    public required string Queue { get; init; }

    /// <summary>What the queue's limits per key count by; null when the task has none.</summary>
    public string? QueueKey { get; init; }

    /// <summary>0 to 9, 9 first.</summary>
    public int Priority { get; init; } = 5;

    /// <summary>The user that the task belongs to; null when it belongs to none.</summary>
    public long? Owner { get; init; }

    public ImmutableArray<string> Tags { get; init; } = [];

    public PayloadFormat Format { get; init; }

    /// <summary>
    /// The input bytes. Enumerating and listing leave them out where they are long, so that a partition can hold a million tasks;
    /// <see cref="HasInput"/> says whether they are here.
    /// </summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>How many bytes the input has, here or not.</summary>
    public int InputLength { get; init; }

    /// <summary>How long one attempt may run.</summary>
    public TimeSpan Timeout { get; init; }

    public int MaxAttempts { get; init; } = 1;

    /// <summary>Finish by; null means never too late.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>The task that this one repeats; null when it is no retry.</summary>
    public TaskId? RetryOf { get; init; }

    /// <summary>Unique within the partition as long as the task is stored; names the caller too. Null when the task has none.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>A hash of the request that brought <see cref="IdempotencyKey"/>.</summary>
    public ReadOnlyMemory<byte> BodyHash { get; init; }

    public required TaskProgress Progress { get; init; }

    public bool HasInput => Input.Length == InputLength;
}

/// <summary>How far a task has come: the part of its row that changes.</summary>
public sealed record TaskProgress
{
    public required TaskState State { get; init; }

    /// <summary>When the task becomes, or became, ready.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>The number of the last grant; raised by each, never reset. 0 before the first.</summary>
    public long Grant { get; init; }

    /// <summary>Who holds or held the last grant: an executor and its incarnation. Null before the first, and when it was taken back.</summary>
    public string? Executor { get; init; }

    /// <summary>Handlers that failed.</summary>
    public int Failures { get; init; }

    /// <summary>Executors lost under the task.</summary>
    public int Crashes { get; init; }

    public bool CancelRequested { get; init; }

    /// <summary>When the last grant was written; null before the first.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the task ended. Set exactly in the terminal states; a task that has it never changes again.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The JSON output of a task that succeeded.</summary>
    public ReadOnlyMemory<byte> Output { get; init; }

    /// <summary>Why the last attempt, or the task, failed.</summary>
    public TaskError? Error { get; init; }

    /// <summary>The attempts that did not succeed, oldest first. The one that did is <see cref="StartedAt"/> to <see cref="FinishedAt"/>.</summary>
    public ImmutableArray<TaskAttempt> History { get; init; } = [];
}

/// <summary>An attempt that failed or was lost.</summary>
/// <param name="StartedAt">When its grant was written.</param>
/// <param name="EndedAt">When its end was recorded.</param>
/// <param name="Executor">Who held the grant.</param>
/// <param name="Error">What it ended with.</param>
public sealed record TaskAttempt(DateTimeOffset StartedAt, DateTimeOffset EndedAt, string Executor, TaskError Error);
