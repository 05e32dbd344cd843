using System.Net;
using Gristmill.Client.Hosting;
using Gristmill.Client.Operations;
using Orleans.Configuration;
using Orleans.Dashboard;

namespace Gristmill.Silo;

/// <summary>How this silo finds the others, and how soon they notice that one is gone.</summary>
internal static class SiloCluster
{
    private static readonly TimeSpan s_aliveEvery = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_join = TimeSpan.FromMinutes(1);

    /// <exception cref="StartupException">Silos cannot share this store.</exception>
    public static void CheckShared(StorageProvider storage)
    {
        if (storage != StorageProvider.PostgreSql)
        {
            throw new StartupException(
                $"Storage:Provider is {storage}, whose records belong to one process, and Cluster says that there are other silos: use PostgreSql.");
        }
    }

    public static void UseCluster(this ISiloBuilder silo, ClusteringOptions cluster)
    {
        if (cluster.Redis.Length > 0)
        {
            silo.Configure<ClusterOptions>(cluster.Name);
            silo.UseRedisClustering(cluster.ConnectRedis);
            if (cluster.AdvertisedAddress.Length > 0)
                silo.ConfigureEndpoints(IPAddress.Parse(cluster.AdvertisedAddress), cluster.SiloPort, cluster.GatewayPort);
            else
                silo.ConfigureEndpoints(cluster.SiloPort, cluster.GatewayPort);
        }
        else
        {
            IPEndPoint? primary = cluster.PrimarySiloPort is { } port ? new IPEndPoint(IPAddress.Loopback, port) : null;
            silo.UseLocalhostClustering(cluster.SiloPort, cluster.GatewayPort, primary, cluster.ServiceId, cluster.ClusterId);
        }

        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = cluster.ProbeTimeout;
            membership.NumMissedProbesLimit = cluster.MissedProbes;
            // A silo that has not been heard of for three of these has no part in votes, nor must it answer those that join: several may be lost at once.
            membership.IAmAliveTablePublishTimeout = s_aliveEvery;
            // How long a silo that was cut off does not know that it was voted out, once it reaches the list of silos again.
            membership.TableRefreshTimeout = s_look;
            // Silos that start just after all others were lost wait for those, and look no more at who is alive while the list does not change: another
            // start changes it. So a silo that cannot join ends, for whatever watches over it to start it again.
            membership.MaxJoinAttemptTime = s_join;
            // A silo that hangs keeps its connections, and what was sent before it hung would count as life.
            membership.EnableConnectionLivenessCheck = false;
        });
        if (cluster.Dashboard)
            silo.AddDashboard(DashboardEndpoints.Limit);
    }
}
