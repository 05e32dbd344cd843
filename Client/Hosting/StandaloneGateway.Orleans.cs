using Gristmill.Client.Operations;
using Orleans.Configuration;
using Orleans.Dashboard;

namespace Gristmill.Client.Hosting;

/// <summary>
/// The gateway as a process of its own. It waits for the cluster for as long as there is none: alive, and not ready.
/// </summary>
internal static class StandaloneGateway
{
    // How soon a new silo gets its share of calls, and how often a gateway that has none looks again.
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(2);

    public static WebApplication Build(string[] args)
    {
        WebApplicationBuilder builder = ConsoleHost.CreateBuilder(args);
        var cluster = ClusteringOptions.Read(builder.Configuration);
        // The server must answer probes while the client still looks for a silo.
        builder.Services.Configure<HostOptions>(host => host.ServicesStartConcurrently = true);
        builder.UseOrleansClient(client =>
        {
            if (cluster.Redis.Length > 0)
                client.Configure<ClusterOptions>(cluster.Name).UseRedisClustering(cluster.ConnectRedis);
            else
                client.UseLocalhostClustering(cluster.GatewayPort, cluster.ServiceId, cluster.ClusterId);
            client.Configure<Orleans.Configuration.GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = s_look);
            client.UseConnectionRetryFilter(WaitAsync);
            if (cluster.Dashboard)
                client.AddDashboard(DashboardEndpoints.Limit);
        });
        builder.AddGristmillGateway();
        return builder.Build().MapGristmillGateway();
    }

    private static async Task<bool> WaitAsync(Exception exception, CancellationToken cancellationToken)
    {
        if (exception is StartupException)
            return false;
        await Task.Delay(s_look, cancellationToken);
        return true;
    }
}
