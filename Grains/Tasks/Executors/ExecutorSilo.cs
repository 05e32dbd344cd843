namespace Gristmill.Grains.Tasks;

internal static class ExecutorSilo
{
    /// <summary>
    /// An executor was called whose silo is not part of the cluster, or no longer. It carries its data across the call by itself: no call filter
    /// sees what placement or activation throws.
    /// </summary>
    public static GrainCallException NotActive(string silo) =>
        new(new TaskError(ErrorCodes.Unavailable, $"The silo {silo} is not active.", IsTransient: true));
}
