namespace Gristmill.Grains.Tasks;

/// <summary>An executor was called whose silo is not part of the cluster, or no longer.</summary>
[GenerateSerializer, Alias("gm.ExecutorSiloException")]
internal sealed class ExecutorSiloException(string silo)
    : GristmillException(ErrorCodes.Unavailable, $"The silo {silo} is not active.", isTransient: true);
