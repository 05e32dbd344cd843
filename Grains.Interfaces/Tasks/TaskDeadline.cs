namespace Gristmill.Grains.Tasks;

/// <summary>
/// What a new task's deadline has to be. The gateway looks, except where an idempotency key may name a task that is there already: then the partition does,
/// once it knows that there is none.
/// </summary>
public static class TaskDeadline
{
    /// <summary>What is wrong with the deadline; null when nothing is, or there is none.</summary>
    public static string? FaultOf(DateTimeOffset? deadline, DateTimeOffset? runAt, DateTimeOffset now)
    {
        if (deadline <= now)
            return "must lie in the future";
        return deadline <= runAt ? "must lie after the time to run at" : null;
    }
}
