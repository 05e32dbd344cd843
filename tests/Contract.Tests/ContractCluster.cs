using System.Globalization;
using Gristmill.Contract.Tests;
using Gristmill.Contract.Tests.Calls;
using Orleans.Runtime.Hosting;
using Orleans.TestingHost;

[assembly: AssemblyFixture(typeof(ContractCluster))]

namespace Gristmill.Contract.Tests;

/// <summary>
/// The cluster that the tests share: memory storage, default options, and as many silos as the environment variable TEST_SILOS
/// says; one without it. The embedded engine has one in any case.
/// </summary>
public sealed class ContractCluster : IAsyncLifetime
{
    private readonly TestCluster _cluster;

    public ContractCluster()
    {
        string? silos = Environment.GetEnvironmentVariable("TEST_SILOS");
        TestClusterBuilder builder = new(silos is null ? (short)1 : short.Parse(silos, CultureInfo.InvariantCulture));
        builder.AddSiloBuilderConfigurator<SiloConfigurator>();
        _cluster = builder.Build();
    }

    public IGrainFactory Grains => _cluster.GrainFactory;

    public IServiceProvider SiloServices => _cluster.GetSiloServiceProvider(_cluster.Primary!.SiloAddress);

    public IReadOnlyList<SiloHandle> Silos => _cluster.Silos;

    public async ValueTask InitializeAsync() => await _cluster.DeployAsync();

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    private sealed class SiloConfigurator : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder) => siloBuilder
            .AddIncomingGrainCallFilter<SiloFilter>()
            .AddOutgoingGrainCallFilter<OutgoingFilter>()
            .AddMemoryGrainStorageAsDefault()
            .AddMemoryGrainStorage("named")
            .ConfigureServices(services => services.AddGrainStorage("own", (_, name) => new Storage.FixedStorage(name)));
    }
}
