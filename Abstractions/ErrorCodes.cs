namespace Gristmill;

/// <summary>The stable codes of failures, as clients see them. A code, once given out, keeps its meaning.</summary>
public static class ErrorCodes
{
    /// <summary>The request is not what the operation takes; <see cref="TaskError.Fields"/> says which part.</summary>
    public const string InvalidInput = "invalid_input";

    public const string NotFound = "not_found";
    public const string UnknownTaskKind = "unknown_task_kind";

    /// <summary>A precondition (an ETag) no longer holds.</summary>
    public const string VersionConflict = "version_conflict";

    /// <summary>An idempotency key came with another request than the first time.</summary>
    public const string IdempotencyMismatch = "idempotency_mismatch";

    /// <summary>The executor that ran the task was lost.</summary>
    public const string ExecutorLost = "executor_lost";

    /// <summary>A result does not fit its type.</summary>
    public const string Overflow = "overflow";

    public const string Cancelled = "cancelled";
    public const string Timeout = "timeout";
    public const string DeadlineExceeded = "deadline_exceeded";

    /// <summary>The handler threw something that is no <see cref="GristmillException"/>.</summary>
    public const string HandlerFailed = "handler_failed";

    /// <summary>A bounded queue has no room.</summary>
    public const string QueueFull = "queue_full";

    /// <summary>The native memory budget is spent.</summary>
    public const string MemoryBudget = "memory_budget";

    public const string PayloadTooLarge = "payload_too_large";

    /// <summary>The task, or whatever it is, is in a state that does not allow it.</summary>
    public const string WrongState = "wrong_state";

    /// <summary>The process is starting or draining, or cannot reach what it needs.</summary>
    public const string Unavailable = "unavailable";

    public const string StorageUnavailable = "storage_unavailable";

    /// <summary>A circuit breaker keeps the task kind from running.</summary>
    public const string CircuitOpen = "circuit_open";

    /// <summary>A native kernel answered with a failure of its own.</summary>
    public const string Kernel = "kernel_failed";

    /// <summary>A defect of Gristmill. The log has the details.</summary>
    public const string Internal = "internal_error";
}
