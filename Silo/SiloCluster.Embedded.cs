using Gristmill.Client.Hosting;

namespace Gristmill.Silo;

/// <summary>The embedded engine is one process: whoever asks for a cluster is told where there is one.</summary>
internal static class SiloCluster
{
    /// <exception cref="StartupException">The settings speak of other silos.</exception>
    public static void UseCluster(this ISiloBuilder silo, ClusteringOptions cluster)
    {
        if (cluster.HasOtherSilos())
        {
            throw new StartupException(
                "Cluster:Redis and Cluster:PrimarySiloPort make this silo part of a cluster, and this build runs in one process: build with GrainEngine=Orleans, or leave them out.");
        }

        silo.UseLocalhostClustering(cluster.SiloPort, cluster.GatewayPort);
    }
}
