namespace Gristmill;

/// <summary>How a task ended. A failed task is a result too.</summary>
/// <param name="State">A terminal state.</param>
/// <param name="Output">The output in the format asked for, owned by the garbage collector; empty unless the task succeeded.</param>
/// <param name="Error">Why it did not succeed; null when it did.</param>
/// <param name="Attempts">Handlers started.</param>
/// <param name="StartedAt">When the first attempt began; null when none did.</param>
/// <param name="FinishedAt">When the task ended.</param>
public sealed record TaskRunResult(
    TaskState State,
    ReadOnlyMemory<byte> Output,
    TaskError? Error,
    int Attempts,
    DateTimeOffset? StartedAt,
    DateTimeOffset FinishedAt);
