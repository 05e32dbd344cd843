using System.Net;
using Gristmill.Client.Hosting;
using Gristmill.Client.Operations;
using Orleans.Configuration;
using Orleans.Dashboard;

namespace Gristmill.Silo;

/// <summary>How this silo finds the others, and how soon they notice that one is gone.</summary>
internal static class SiloCluster
{
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
            // A silo that hangs keeps its connections, and what was sent before it hung would count as life.
            membership.EnableConnectionLivenessCheck = false;
        });
        if (cluster.Dashboard)
            silo.AddDashboard(DashboardEndpoints.Limit);
    }
}
