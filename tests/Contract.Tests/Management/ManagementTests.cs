using Gristmill.Contract.Tests.Activation;
using Microsoft.Extensions.DependencyInjection;

namespace Gristmill.Contract.Tests.Management;

public sealed class ManagementTests(ContractCluster cluster)
{
    private IManagementGrain Management => cluster.Grains.GetGrain<IManagementGrain>(0);

    [Fact]
    public async Task GetHosts_NamesTheSiloAsActive()
    {
        Dictionary<SiloAddress, SiloStatus> hosts = await Management.GetHosts(onlyActive: true);

        Assert.Equal([KeyValuePair.Create(cluster.Silo.SiloAddress, SiloStatus.Active)], hosts);
    }

    [Fact]
    public void LocalSiloDetails_NameTheSilo() =>
        Assert.Equal(cluster.Silo.SiloAddress, cluster.SiloServices.GetRequiredService<ILocalSiloDetails>().SiloAddress);

    [Fact]
    public async Task Statistics_CountActivationsByClass()
    {
        await cluster.Grains.GetGrain<IPlacedGrain>(2).Where();

        SimpleGrainStatistic statistic = Assert.Single(
            await Management.GetSimpleGrainStatistics(), s => s.GrainType.Contains(nameof(PlacedGrain), StringComparison.Ordinal));
        Assert.True(statistic.ActivationCount >= 1);
        Assert.True(await Management.GetTotalActivationCount() >= 1);
    }
}
