using Gristmill.Contract.Tests.Activation;
using Microsoft.Extensions.DependencyInjection;

namespace Gristmill.Contract.Tests.Management;

public sealed class ManagementTests(ContractCluster cluster)
{
    private IManagementGrain Management => cluster.Grains.GetGrain<IManagementGrain>(0);

    [Fact]
    public async Task GetHosts_NamesTheSilosAsActive()
    {
        Dictionary<SiloAddress, SiloStatus> hosts = await Management.GetHosts(onlyActive: true);

        Assert.Equal(cluster.Silos.Select(silo => silo.SiloAddress).Order(), hosts.Keys.Order());
        Assert.All(hosts.Values, status => Assert.Equal(SiloStatus.Active, status));
    }

    [Fact]
    public void LocalSiloDetails_NameTheSilo() =>
        Assert.Equal(cluster.Silos[0].SiloAddress, cluster.SiloServices.GetRequiredService<ILocalSiloDetails>().SiloAddress);

    [Fact]
    public async Task Statistics_CountActivationsByClass()
    {
        await cluster.Grains.GetGrain<IPlacedGrain>(2).Where();

        string type = $"{typeof(PlacedGrain).FullName},{typeof(PlacedGrain).Assembly.GetName().Name}";
        SimpleGrainStatistic[] statistics = await Management.GetSimpleGrainStatistics();
        Assert.True(statistics.Where(s => s.GrainType == type).Sum(s => s.ActivationCount) >= 1);
        Assert.True(await Management.GetTotalActivationCount() >= 1);
    }
}
