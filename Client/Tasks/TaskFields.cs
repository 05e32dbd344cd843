using System.Collections.Immutable;
using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Tasks;

/// <summary>A task as a client asks for it, checked; what is null comes from the kind. <see cref="TaskReader"/> reads it.</summary>
internal readonly record struct TaskFields
{
    public required string Kind { get; init; }

    /// <summary>The text of the input object, or what <see cref="Format"/> says, in memory of its own.</summary>
    public required ReadOnlyMemory<byte> Input { get; init; }

    public PayloadFormat Format { get; init; }

    /// <summary>False for a task that lives only as long as its request.</summary>
    public required bool IsDurable { get; init; }

    public required int Priority { get; init; }

    public required ImmutableArray<string> Tags { get; init; }

    public string? Queue { get; init; }

    public string? QueueKey { get; init; }

    public long? Owner { get; init; }

    public DateTimeOffset? RunAt { get; init; }

    public TimeSpan? Timeout { get; init; }

    public DateTimeOffset? Deadline { get; init; }

    public int? MaxAttempts { get; init; }

    /// <summary>SHA-256 of the task's JSON text; empty unless it was asked for.</summary>
    public ReadOnlyMemory<byte> Hash { get; init; }

    public NewTask ToNewTask(TaskId id, string? idempotencyKey) => new()
    {
        Id = id,
        Kind = Kind,
        Input = Input,
        Format = Format,
        Queue = Queue,
        QueueKey = QueueKey,
        Priority = Priority,
        Owner = Owner,
        Tags = Tags,
        RunAt = RunAt,
        Timeout = Timeout,
        MaxAttempts = MaxAttempts,
        Deadline = Deadline,
        IdempotencyKey = idempotencyKey,
        BodyHash = Hash,
    };

    // A task that is not stored belongs to no partition.
    public DirectTask ToDirectTask(TimeProvider time) =>
        new(TaskId.New(partition: 0, time), Kind, Input, Format, Priority, Timeout, Deadline, MaxAttempts);
}

/// <summary>A task of a request, or what is wrong with it.</summary>
internal readonly record struct TaskItem(TaskFields Fields, TaskError? Error);
