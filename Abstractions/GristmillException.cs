using System.Collections.Immutable;

namespace Gristmill;

/// <summary>
/// The root of Gristmill's failures. Children carry the data that a caller acts on; <see cref="Code"/> is what crosses process
/// borders.
/// </summary>
public abstract class GristmillException(string code, string message, bool isTransient, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>One of <see cref="ErrorCodes"/>, or a handler's own.</summary>
    public string Code { get; } = code;

    /// <summary>True when the same call may succeed later, unchanged.</summary>
    public bool IsTransient { get; } = isTransient;

    /// <summary>The failure as data.</summary>
    public virtual TaskError ToError() => new(Code, Message, IsTransient);
}

/// <summary>A task ended without a result; <see cref="Error"/> is what its handler reported.</summary>
public sealed class TaskFailedException(TaskError error, TaskState state = TaskState.Failed)
    : GristmillException(error.Code, error.Message, error.IsTransient)
{
    public TaskError Error { get; } = error;

    /// <summary>The terminal state: failed, cancelled or expired.</summary>
    public TaskState State { get; } = state;

    public override TaskError ToError() => Error;
}

/// <summary>Input that a task kind does not take. Never transient: the same input is wrong again.</summary>
public sealed class InvalidTaskInputException(string message, ImmutableDictionary<string, string> fields, Exception? innerException = null)
    : GristmillException(ErrorCodes.InvalidInput, message, isTransient: false, innerException)
{
    public InvalidTaskInputException(string field, string reason)
        : this($"{field}: {reason}", ImmutableDictionary<string, string>.Empty.Add(field, reason))
    {
    }

    /// <summary>Field name to what is wrong with it.</summary>
    public ImmutableDictionary<string, string> Fields { get; } = fields;

    public override TaskError ToError() => base.ToError() with { Fields = Fields };
}

/// <summary>No handler is registered under the name.</summary>
public sealed class UnknownTaskKindException(string kind, ImmutableArray<string> nearest)
    : GristmillException(ErrorCodes.UnknownTaskKind, Describe(kind, nearest), isTransient: false)
{
    public string Kind { get; } = kind;

    /// <summary>Registered names that look like it, nearest first; may be empty.</summary>
    public ImmutableArray<string> Nearest { get; } = nearest;

    private static string Describe(string kind, ImmutableArray<string> nearest) =>
        nearest.IsDefaultOrEmpty
            ? $"There is no task kind '{kind}'."
            : $"There is no task kind '{kind}'. Nearest: {string.Join(", ", nearest)}.";
}

/// <summary>A handler ran longer than its time-out. It was asked to stop; its thread is written off if it does not.</summary>
public sealed class TaskTimeoutException(TimeSpan timeout)
    : GristmillException(ErrorCodes.Timeout, $"The task did not finish within {timeout.TotalSeconds:0.###} s.", isTransient: true)
{
    public TimeSpan Timeout { get; } = timeout;
}

/// <summary>The deadline passed before the task finished.</summary>
public sealed class TaskDeadlineException(DateTimeOffset deadline)
    : GristmillException(ErrorCodes.DeadlineExceeded, $"The task's deadline {deadline.UtcDateTime:O} has passed.", isTransient: false)
{
    public DateTimeOffset Deadline { get; } = deadline;
}

/// <summary>A bounded queue refused an item. Nothing was enqueued.</summary>
public sealed class QueueFullException(int capacity, TimeSpan retryAfter)
    : GristmillException(ErrorCodes.QueueFull, $"The queue is full ({capacity} tasks).", isTransient: true)
{
    /// <summary>Tasks that the queue holds at most.</summary>
    public int Capacity { get; } = capacity;

    public TimeSpan RetryAfter { get; } = retryAfter;

    public override TaskError ToError() => base.ToError() with { RetryAfter = RetryAfter };
}

/// <summary>The native memory budget refused an allocation. Nothing was allocated.</summary>
/// <param name="requestedBytes">What was asked for.</param>
/// <param name="budgetBytes">The whole budget.</param>
/// <param name="usedBytes">What payloads in use take of it.</param>
public sealed class MemoryBudgetException(long requestedBytes, long budgetBytes, long usedBytes)
    : GristmillException(
        requestedBytes > budgetBytes ? ErrorCodes.PayloadTooLarge : ErrorCodes.MemoryBudget,
        $"{requestedBytes} bytes do not fit the memory budget of {budgetBytes} bytes, of which {usedBytes} are in use.",
        isTransient: requestedBytes <= budgetBytes)
{
    public long RequestedBytes { get; } = requestedBytes;

    public long BudgetBytes { get; } = budgetBytes;
}

/// <summary>A task kind failed so often lately that it is given a rest. Nothing was run.</summary>
public sealed class CircuitOpenException(string kind, TimeSpan retryAfter)
    : GristmillException(ErrorCodes.CircuitOpen, $"The task kind '{kind}' failed too often and is not run for now.", isTransient: true)
{
    public string Kind { get; } = kind;

    /// <summary>When a trial will be allowed again.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;

    public override TaskError ToError() => base.ToError() with { RetryAfter = RetryAfter };
}

/// <summary>The engine or process is not taking work: not started, draining, or stopped.</summary>
public sealed class UnavailableException(string message, Exception? innerException = null)
    : GristmillException(ErrorCodes.Unavailable, message, isTransient: true, innerException);
