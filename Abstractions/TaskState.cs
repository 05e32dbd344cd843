namespace Gristmill;

/// <summary>
/// Where a task is in its life: scheduled → queued → running → one of the terminal states. A retry goes back to
/// <see cref="Scheduled"/>. Nothing leaves a terminal state. The numbers are stored and sent: they never change.
/// </summary>
public enum TaskState
{
    /// <summary>Waits for a time: a delay, or the back-off before a retry.</summary>
    Scheduled = 0,

    /// <summary>Ready, and waits for an executor.</summary>
    Queued = 1,

    /// <summary>Granted to an executor; its handler may have begun.</summary>
    Running = 2,

    Succeeded = 3,

    /// <summary>Out of attempts, or failed for good: the dead letter.</summary>
    Failed = 4,

    Cancelled = 5,

    /// <summary>Its deadline passed before it finished.</summary>
    Expired = 6,
}

public static class TaskStateExtensions
{
    /// <summary>True in the four states that nothing leaves.</summary>
    public static bool IsTerminal(this TaskState state) => state >= TaskState.Succeeded;
}
