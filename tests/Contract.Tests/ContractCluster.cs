using Gristmill.Contract.Tests;
using Gristmill.Contract.Tests.Calls;
using Orleans.TestingHost;

[assembly: AssemblyFixture(typeof(ContractCluster))]

namespace Gristmill.Contract.Tests;

/// <summary>The cluster that the tests share: one silo, memory storage, default options.</summary>
public sealed class ContractCluster : IAsyncLifetime
{
    private readonly TestCluster _cluster;

    public ContractCluster()
    {
        TestClusterBuilder builder = new(initialSilosCount: 1);
        builder.AddSiloBuilderConfigurator<SiloConfigurator>();
        _cluster = builder.Build();
    }

    public IGrainFactory Grains => _cluster.GrainFactory;

    public IServiceProvider SiloServices => _cluster.GetSiloServiceProvider(_cluster.Primary!.SiloAddress);

    public SiloHandle Silo => _cluster.Primary!;

    public async ValueTask InitializeAsync() => await _cluster.DeployAsync();

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    private sealed class SiloConfigurator : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder) => siloBuilder
            .AddIncomingGrainCallFilter<SiloFilter>()
            .AddOutgoingGrainCallFilter<OutgoingFilter>()
            .AddMemoryGrainStorageAsDefault()
            .AddMemoryGrainStorage("named");
    }
}
