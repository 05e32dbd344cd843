using System.Collections.ObjectModel;
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
    private InProcessSiloHandle? _silo;

    internal TestCluster(TestClusterOptions options) => Options = options;

    public TestClusterOptions Options { get; }

    public SiloHandle? Primary => _silo;

    public ReadOnlyCollection<SiloHandle> Silos => new(_silo is null ? [] : [_silo]);

    public IClusterClient Client => ServiceProvider.GetRequiredService<IClusterClient>();

    public IGrainFactory GrainFactory => Client;

    /// <summary>The client's services: here, those of the silo.</summary>
    public IServiceProvider ServiceProvider => Silo.ServiceProvider;

    private InProcessSiloHandle Silo => _silo ?? throw new InvalidOperationException("The cluster is not deployed.");

    public IServiceProvider GetSiloServiceProvider(SiloAddress? silo = null) => Silo.ServiceProvider;

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
        builder.UseOrleans((_, silo) => silo.Configure<ClusterOptions>(options =>
        {
            options.ClusterId = Options.ClusterId;
            options.ServiceId = Options.ServiceId;
        }));
        builder.UseOrleans((_, silo) => silo.Configure<SiloOptions>(options => options.SiloName = "Primary"));
        foreach (ISiloConfigurator silo in Make(Options.SiloBuilderConfiguratorTypes).Cast<ISiloConfigurator>())
            builder.UseOrleans(silo.Configure);
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
