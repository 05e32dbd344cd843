using System.Collections.Immutable;

namespace Gristmill.Grains.Tasks;

/// <summary>A durable task to be made. What is null comes from its kind.</summary>
[GenerateSerializer, Immutable, Alias("gm.NewTask")]
public sealed record NewTask
{
    [Id(0)]
    public required TaskId Id { get; init; }

    [Id(1)]
    public required string Kind { get; init; }

    /// <summary>The input bytes; not changed by anyone after the call.</summary>
    [Id(2)]
    public required ReadOnlyMemory<byte> Input { get; init; }

    [Id(3)]
    public PayloadFormat Format { get; init; }

    [Id(4)]
    public string? Queue { get; init; }

    /// <summary>What the queue's limits per key count by; null when it has none.</summary>
    [Id(5)]
    public string? QueueKey { get; init; }

    /// <summary>0 to 9, 9 first.</summary>
    [Id(6)]
    public int Priority { get; init; } = 5;

    /// <summary>The user that the task belongs to; null when it belongs to none.</summary>
    [Id(7)]
    public long? Owner { get; init; }

    [Id(8)]
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>Not before; null means at once.</summary>
    [Id(9)]
    public DateTimeOffset? RunAt { get; init; }

    [Id(10)]
    public TimeSpan? Timeout { get; init; }

    [Id(11)]
    public int? MaxAttempts { get; init; }

    /// <summary>Finish by; null means never too late.</summary>
    [Id(12)]
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Names the caller and the caller's key; unique in the partition. Null when the task has none.</summary>
    [Id(13)]
    public string? IdempotencyKey { get; init; }

    /// <summary>A hash of the request, by which a repeat is told from another request with the same key.</summary>
    [Id(14)]
    public ReadOnlyMemory<byte> BodyHash { get; init; }

    /// <summary>True when the task was sent before and the answer is not known.</summary>
    [Id(15)]
    public bool IsRepeat { get; init; }
}

/// <summary>What became of a <see cref="NewTask"/>.</summary>
/// <param name="Id">The task that is there now: the one that was sent, or the one that had its idempotency key.</param>
/// <param name="State">Its state.</param>
/// <param name="Error">Why it was refused and nothing of it kept; null when it was accepted.</param>
[GenerateSerializer, Immutable, Alias("gm.SubmitReply")]
public sealed record SubmitReply(
    [property: Id(0)] TaskId Id,
    [property: Id(1)] TaskState State,
    [property: Id(2)] TaskError? Error = null);

/// <summary>What became of a request to cancel or to repeat a task.</summary>
/// <param name="Id">The task.</param>
/// <param name="State">Its state, also where it refused; null when there is no such task.</param>
/// <param name="Done">False when the state did not allow it, or there is no such task.</param>
/// <param name="Error">Why it could not be tried; null otherwise.</param>
[GenerateSerializer, Immutable, Alias("gm.TaskReply")]
public sealed record TaskReply(
    [property: Id(0)] TaskId Id,
    [property: Id(1)] TaskState? State,
    [property: Id(2)] bool Done,
    [property: Id(3)] TaskError? Error = null);
