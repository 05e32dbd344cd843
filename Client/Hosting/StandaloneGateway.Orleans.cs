using Gristmill.Client.Operations;
using Orleans.Configuration;
using Orleans.Dashboard;

namespace Gristmill.Client.Hosting;

/// <summary>
/// The gateway as a process of its own. It waits for the cluster for as long as there is none: alive, and not ready. What a silo was asked that died
/// over it is asked again where that is safe, see <see cref="ReadRepeater"/>.
/// </summary>
internal static class StandaloneGateway
{
    // How soon a new silo gets its share of calls, and how often a gateway that has none looks again.
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(2);

    // Nobody tells a gateway that the silo behind its own has died over a call: only this time does. Long enough for a store that is slow.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public static WebApplication Build(string[] args)
    {
        WebApplicationBuilder builder = ConsoleHost.CreateBuilder(args);
        var cluster = ClusteringOptions.Read(builder.Configuration);
        // The server must answer probes while the client still looks for a silo.
        builder.Services.Configure<HostOptions>(host => host.ServicesStartConcurrently = true);
        builder.UseOrleansClient(client =>
        {
            if (cluster.Redis.Length > 0)
                KnownGateways.Wrap(client.Configure<ClusterOptions>(cluster.Name).UseRedisClustering(cluster.ConnectRedis).Services);
            else
                client.UseLocalhostClustering(cluster.GatewayPort, cluster.ServiceId, cluster.ClusterId);
            client.Configure<Orleans.Configuration.GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = s_look);
            client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = s_patience);
            client.UseConnectionRetryFilter(WaitAsync);
            client.AddOutgoingGrainCallFilter<ReadRepeater>();
            if (cluster.Dashboard)
                client.AddDashboard(DashboardEndpoints.Limit);
        });
        builder.AddGristmillGateway();
        WebApplication app = builder.Build();
        app.Use(RefuseUntilConnectedAsync);
        return app.MapGristmillGateway();
    }

    private static async Task RefuseUntilConnectedAsync(HttpContext context, RequestDelegate next)
    {
        // The host has not started before the client has found a silo.
        bool isConnected = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.IsCancellationRequested;
        if (isConnected || context.Request.Path.StartsWithSegments("/health") || context.Request.Path.StartsWithSegments("/metrics"))
        {
            await next(context);
            return;
        }

        context.Response.Headers.RetryAfter = "1";
        await TypedResults.Problem("The gateway is looking for a silo of its cluster.", statusCode: StatusCodes.Status503ServiceUnavailable).ExecuteAsync(context);
    }

    private static async Task<bool> WaitAsync(Exception exception, CancellationToken cancellationToken)
    {
        if (exception is StartupException)
            return false;
        await Task.Delay(s_look, cancellationToken);
        return true;
    }
}
