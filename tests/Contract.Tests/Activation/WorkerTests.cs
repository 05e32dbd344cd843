namespace Gristmill.Contract.Tests.Activation;

public sealed class WorkerTests(ContractCluster cluster)
{
    private readonly string _key = Guid.NewGuid().ToString("N");

    [Fact]
    public async Task StatelessWorker_RunsAsManyCallsAtOnceAsItHasWorkers()
    {
        // Workers are local to the silo of their caller.
        IWorkerCallerGrain caller = cluster.Grains.GetGrain<IWorkerCallerGrain>(Random.Shared.NextInt64());
        Task<Guid[]> calls = caller.CallWorkers(_key, count: 3);
        await Signals.Wait($"{_key}-begun-1");
        await Signals.Wait($"{_key}-begun-2");

        Signals.Raise($"{_key}-go");

        Assert.Equal(2, (await calls).Distinct().Count());
    }

    [Fact]
    public async Task PreferLocalPlacement_IsAccepted() =>
        Assert.Contains(await cluster.Grains.GetGrain<IPlacedGrain>(1).Where(), cluster.Silos.Select(silo => silo.SiloAddress.ToParsableString()));

    [Theory]
    [InlineData("placed-random")]
    [InlineData("placed-by-hash")]
    [InlineData("placed-by-count")]
    [InlineData("placed-by-resources")]
    public async Task OtherPlacementAttributes_AreAccepted(string type) => Assert.Contains(
        await cluster.Grains.GetGrain<IStrategyGrain>(GrainId.Create(type, "1")).Where(), cluster.Silos.Select(silo => silo.SiloAddress.ToParsableString()));
}
