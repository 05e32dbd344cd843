namespace Gristmill.Contract.Tests.Turns;

public sealed class ReentrancyTests(ContractCluster cluster)
{
    private readonly string _key = Guid.NewGuid().ToString("N");

    [Fact]
    public async Task ReentrantGrain_InterleavesAllCalls()
    {
        IReentrantGrain grain = cluster.Grains.GetGrain<IReentrantGrain>(_key);
        Task<int> first = grain.Step($"{_key}1");
        await Signals.Wait($"{_key}1-begun");
        Task<int> second = grain.Step($"{_key}2");
        await Signals.Wait($"{_key}2-begun");

        Signals.Raise($"{_key}1-go");
        Signals.Raise($"{_key}2-go");

        Assert.Equal((1, 2), (await first, await second));
    }

    [Fact]
    public async Task MayInterleave_AsksTheRuleWithTheCallsArguments()
    {
        IChoosyGrain grain = cluster.Grains.GetGrain<IChoosyGrain>(_key);
        Task<int> running = grain.Step($"{_key}1");
        await Signals.Wait($"{_key}1-begun");
        Task<int> refused = grain.MayInterleave($"{_key}no");
        Task<int> admitted = grain.MayInterleave($"{_key}yes");
        await Signals.Wait($"{_key}yes-begun");

        Signals.Raise($"{_key}yes-go");
        Assert.Equal(2, await admitted);
        Signals.Raise($"{_key}no-go");
        Signals.Raise($"{_key}1-go");
        Assert.Equal((1, 1), (await running, await refused));
    }

    [Fact]
    public async Task CallChain_ThatComesBack_WaitsForEver_ByDefault() =>
        Assert.Equal("timed out", await cluster.Grains.GetGrain<IChainGrain>(_key).CallAndBeCalled($"{_key}-other", allow: false));

    [Fact]
    public async Task CallChain_ThatComesBack_IsLetIn_WhenAllowed() =>
        Assert.Equal("answered", await cluster.Grains.GetGrain<IChainGrain>(_key).CallAndBeCalled($"{_key}-other", allow: true));
}
