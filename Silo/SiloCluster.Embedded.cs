using Gristmill.Client.Hosting;

namespace Gristmill.Silo;

/// <summary>The embedded engine is one process: whoever asks for a cluster is told where there is one.</summary>
internal static class SiloCluster
{
    /// <exception cref="StartupException">Always: whatever the store, there is nobody to share it with.</exception>
    public static void CheckShared(StorageProvider storage)
    {
        _ = storage;
        throw new StartupException(
            "Cluster:Redis and Cluster:PrimarySiloPort make this silo part of a cluster, and this build runs in one process: build with GrainEngine=Orleans, or leave them out.");
    }

    public static void UseCluster(this ISiloBuilder silo, ClusteringOptions cluster) => silo.UseLocalhostClustering(cluster.SiloPort, cluster.GatewayPort);
}
