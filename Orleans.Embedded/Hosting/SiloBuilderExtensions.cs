using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace Orleans.Hosting;

/// <summary>What a silo builder can be told.</summary>
public static class SiloBuilderExtensions
{
    public static ISiloBuilder ConfigureServices(this ISiloBuilder builder, Action<IServiceCollection> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configureDelegate);
        configureDelegate(builder.Services);
        return builder;
    }

    public static ISiloBuilder Configure<TOptions>(this ISiloBuilder builder, Action<TOptions> configureOptions)
        where TOptions : class => builder.ConfigureServices(services => services.Configure(configureOptions));

    public static ISiloBuilder Configure<TOptions>(this ISiloBuilder builder, IConfiguration configuration)
        where TOptions : class => builder.ConfigureServices(services => services.AddOptions<TOptions>().Bind(configuration));

    /// <summary>
    /// Accepted: names and ports are those of the silo's address. No port is opened, because nobody calls from outside.
    /// </summary>
    public static ISiloBuilder UseLocalhostClustering(
        this ISiloBuilder builder,
        int siloPort = EndpointOptions.DEFAULT_SILO_PORT,
        int gatewayPort = EndpointOptions.DEFAULT_GATEWAY_PORT,
        IPEndPoint? primarySiloEndpoint = null,
        string serviceId = ClusterOptions.DevelopmentServiceId,
        string clusterId = ClusterOptions.DevelopmentClusterId) =>
        builder
            .Configure<EndpointOptions>(options =>
            {
                options.AdvertisedIPAddress = IPAddress.Loopback;
                options.SiloPort = siloPort;
                options.GatewayPort = gatewayPort;
            })
            .Configure<ClusterOptions>(options =>
            {
                options.ServiceId = serviceId;
                options.ClusterId = clusterId;
            });
}
