using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Microsoft.Extensions.Hosting;

/// <summary>Puts a silo into a host. Safe to call more than once: the calls configure one silo.</summary>
public static class OrleansSiloGenericHostExtensions
{
    public static IHostApplicationBuilder UseOrleans(this IHostApplicationBuilder hostAppBuilder) => hostAppBuilder.UseOrleans(_ => { });

    public static IHostApplicationBuilder UseOrleans(this IHostApplicationBuilder hostAppBuilder, Action<ISiloBuilder> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(hostAppBuilder);
        AddSilo(hostAppBuilder.Services, hostAppBuilder.Configuration, configureDelegate);
        return hostAppBuilder;
    }

    public static HostApplicationBuilder UseOrleans(this HostApplicationBuilder hostAppBuilder) => hostAppBuilder.UseOrleans(_ => { });

    public static HostApplicationBuilder UseOrleans(this HostApplicationBuilder hostAppBuilder, Action<ISiloBuilder> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(hostAppBuilder);
        AddSilo(hostAppBuilder.Services, hostAppBuilder.Configuration, configureDelegate);
        return hostAppBuilder;
    }

    public static IHostBuilder UseOrleans(this IHostBuilder hostBuilder, Action<ISiloBuilder> configureDelegate) =>
        hostBuilder.UseOrleans((_, silo) => configureDelegate(silo));

    public static IHostBuilder UseOrleans(this IHostBuilder hostBuilder, Action<HostBuilderContext, ISiloBuilder> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(hostBuilder);
        return hostBuilder.ConfigureServices((context, services) =>
            AddSilo(services, context.Configuration, silo => configureDelegate(context, silo)));
    }

    private static void AddSilo(IServiceCollection services, IConfiguration configuration, Action<ISiloBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        if (!services.Any(s => s.ServiceType == typeof(GrainEngine)))
        {
            services.AddLogging();
            services.AddOptions();
            services.AddMetrics();
            services.TryAddSingleton(TimeProvider.System);
            services.AddSingleton<GrainMetrics>();
            services.AddSingleton<ILocalSiloDetails, LocalSiloDetails>();
            services.AddSingleton<GrainEngine>();
            services.AddSingleton<IGrainRuntime>(s => s.GetRequiredService<GrainEngine>());
            services.AddSingleton<IClusterClient>(s => s.GetRequiredService<GrainEngine>().Factory);
            services.AddSingleton<IGrainFactory>(s => s.GetRequiredService<GrainEngine>().Factory);
            services.AddHostedService<SiloHostedService>();
        }

        configure(new SiloBuilder(services, configuration));
    }
}
