namespace Gristmill.Contract.Tests.Activation;

public sealed class WorkerTests(ContractCluster cluster)
{
    private readonly string _key = Guid.NewGuid().ToString("N");

    [Fact]
    public async Task StatelessWorker_RunsAsManyCallsAtOnceAsItHasWorkers()
    {
        IWorkerGrain grain = cluster.Grains.GetGrain<IWorkerGrain>(Random.Shared.NextInt64());
        Task<Guid> first = grain.Work($"{_key}1");
        Task<Guid> second = grain.Work($"{_key}2");
        await Signals.Wait($"{_key}1-begun");
        await Signals.Wait($"{_key}2-begun");
        Task<Guid> third = grain.Work($"{_key}3");
        Signals.Raise($"{_key}3-go");

        Signals.Raise($"{_key}1-go");
        Signals.Raise($"{_key}2-go");

        Guid[] instances = await Task.WhenAll(first, second, third);
        Assert.NotEqual(instances[0], instances[1]);
        Assert.Contains(instances[2], instances[..2]);
    }

    [Fact]
    public async Task PlacementAttributes_AreAccepted() =>
        Assert.Equal(cluster.Silo.SiloAddress.ToParsableString(), await cluster.Grains.GetGrain<IPlacedGrain>(1).Where());
}
