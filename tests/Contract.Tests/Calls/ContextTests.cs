namespace Gristmill.Contract.Tests.Calls;

public sealed class ContextTests(ContractCluster cluster)
{
    private readonly string _key = Guid.NewGuid().ToString("N");

    private IContextGrain Grain => cluster.Grains.GetGrain<IContextGrain>(_key);

    [Fact]
    public async Task RequestContext_ReachesTheGrain_AndTheGrainsItCalls()
    {
        RequestContext.Set(_key, "value");

        Assert.Equal("value", await Grain.Get(_key));
        Assert.Equal("value", await Grain.GetThrough($"{_key}-other", _key));
    }

    [Fact]
    public async Task RequestContext_OfOneCall_IsNotThereInTheNext()
    {
        RequestContext.Set(_key, "value");
        Assert.Equal("value", await Grain.Get(_key));
        RequestContext.Clear();

        Assert.Null(await Grain.Get(_key));
    }

    [Fact]
    public async Task RequestContext_SetByTheGrain_ReachesNeitherCallerNorNextCall()
    {
        await Grain.Set(_key, "value");

        Assert.Null(RequestContext.Get(_key));
        Assert.Null(await Grain.Get(_key));
    }

    [Fact]
    public async Task AsyncLocal_OfTheCaller_StaysWithTheCaller()
    {
        ContextGrain.Local.Value = true;

        Assert.False(await Grain.SeesTheCallersAsyncLocal());
        Assert.True(ContextGrain.Local.Value);
    }

    [Fact]
    public async Task OneWayCall_DoesNotWait()
    {
        await Grain.Notify(_key);

        Signals.Raise($"{_key}-go");
        await Signals.Wait($"{_key}-done");
        Assert.Equal(1, await Grain.GetNotified());
    }

    [Fact]
    public async Task OneWayCall_WithACancelledToken_IsNotSent()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Grain.NotifyWithToken(new CancellationToken(canceled: true)));

        Assert.Equal(0, await Grain.GetNotified());
    }

    [Fact]
    public async Task OneWayCall_OfAGrain_PassesTheOutgoingFilters()
    {
        await Grain.NotifyOther($"{_key}-other", _key);

        await Signals.Wait($"{_key}-filtered");
        await Signals.Wait($"{_key}-done");
    }

    [Fact]
    public async Task OneWayCall_ThatFails_IsNotHeardOf()
    {
        await Grain.NotifyAndFail(_key);

        await Signals.Wait($"{_key}-done");
        Assert.Equal(1, await Grain.GetNotified());
    }
}
