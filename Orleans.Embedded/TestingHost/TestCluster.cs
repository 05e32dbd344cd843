using System.Collections.ObjectModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.TestingHost;

/// <summary>
/// A cluster for tests, in the test's process. With this engine it has one silo, and the client is that silo's own.
/// </summary>
public class TestCluster : IAsyncDisposable
{
    private readonly IReadOnlyList<IConfigurationSource> _configurationSources;
    private InProcessSiloHandle? _silo;

    internal TestCluster(TestClusterOptions options, IReadOnlyList<IConfigurationSource> configurationSources)
    {
        Options = options;
        _configurationSources = configurationSources;
    }

    public TestClusterOptions Options { get; }

    public SiloHandle? Primary => _silo;

    /// <summary>Always empty.</summary>
    public IReadOnlyList<SiloHandle> SecondarySilos { get; } = [];

    public ReadOnlyCollection<SiloHandle> Silos => new(_silo is null ? [] : [_silo]);

    public IClusterClient Client => ServiceProvider.GetRequiredService<IClusterClient>();

    public IGrainFactory GrainFactory => Client;

    /// <summary>The client's services: here, those of the silo.</summary>
    public IServiceProvider ServiceProvider => Silo.ServiceProvider;

    private InProcessSiloHandle Silo => _silo ?? throw new InvalidOperationException("The cluster is not deployed.");

    public IEnumerable<SiloHandle> GetActiveSilos() => Silos.Where(silo => silo.IsActive);

    public IServiceProvider GetSiloServiceProvider(SiloAddress? silo = null) => Silo.ServiceProvider;

    public void Deploy() => DeployAsync().GetAwaiter().GetResult();

    public async Task DeployAsync()
    {
        if (_silo is not null)
            throw new InvalidOperationException("The cluster has been deployed already.");
        _silo = await InProcessSiloHandle.StartAsync(BuildHost());
    }

    public async Task StopAllSilosAsync()
    {
        if (_silo is not null)
            await _silo.StopSiloAsync(stopGracefully: true);
    }

    public Task StopSiloAsync(SiloHandle instance)
    {
        ArgumentNullException.ThrowIfNull(instance);
        return instance.StopSiloAsync(stopGracefully: true);
    }

    public Task KillSiloAsync(SiloHandle instance)
    {
        ArgumentNullException.ThrowIfNull(instance);
        return instance.StopSiloAsync(stopGracefully: false);
    }

    /// <summary>Stops the silo and starts another in its place. What lives in its memory is lost.</summary>
    public async Task<SiloHandle?> RestartSiloAsync(SiloHandle instance)
    {
        ArgumentNullException.ThrowIfNull(instance);
        await instance.DisposeAsync();
        return _silo = await InProcessSiloHandle.StartAsync(BuildHost());
    }

    /// <summary>Nothing to wait for: one silo knows itself.</summary>
    public Task WaitForLivenessToStabilizeAsync(bool didKill = false) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_silo is not null)
            await _silo.DisposeAsync();
    }

    private IHost BuildHost()
    {
        HostBuilder builder = new();
        builder.ConfigureHostConfiguration(configuration =>
        {
            foreach (IConfigurationSource source in _configurationSources)
                configuration.Add(source);
        });
        builder.UseOrleans((_, silo) => silo.Configure<ClusterOptions>(options =>
        {
            options.ClusterId = Options.ClusterId;
            options.ServiceId = Options.ServiceId;
        }));
        builder.UseOrleans((_, silo) => silo.Configure<SiloOptions>(options => options.SiloName = "Primary"));
        foreach (object configurator in Make(Options.SiloBuilderConfiguratorTypes))
        {
            if (configurator is IHostConfigurator host)
                host.Configure(builder);
            if (configurator is ISiloConfigurator silo)
                builder.UseOrleans(silo.Configure);
        }

        foreach (IClientBuilderConfigurator client in Make(Options.ClientBuilderConfiguratorTypes).Cast<IClientBuilderConfigurator>())
        {
            builder.ConfigureServices((context, services) =>
                client.Configure(context.Configuration, new SiloBuilder(services, context.Configuration)));
        }

        return builder.Build();
    }

    private static IEnumerable<object> Make(List<string?> typeNames) =>
        typeNames.Select(name => Activator.CreateInstance(Type.GetType(name!, throwOnError: true)!)!);
}
