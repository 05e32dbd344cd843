namespace Gristmill.Contract.Tests.Activation;

public sealed class LifecycleTests(ContractCluster cluster)
{
    private readonly string _key = Guid.NewGuid().ToString("N");

    private ILifecycleGrain Grain => cluster.Grains.GetGrain<ILifecycleGrain>(_key);

    [Fact]
    public async Task OnActivate_EndsBeforeTheFirstCall() => Assert.True(await Grain.WasActivatedFirst());

    [Fact]
    public async Task Activation_ServesAllCalls() => Assert.Equal(await Grain.GetInstance(), await Grain.GetInstance());

    [Fact]
    public async Task Activation_OfConcurrentFirstCalls_IsOne()
    {
        Guid[] instances = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => Grain.GetInstance())));

        Assert.Single(instances.Distinct());
    }

    [Fact]
    public async Task DeactivateOnIdle_CallsOnDeactivate_AndTheNextCallActivatesAnew()
    {
        Guid before = await Grain.GetInstance();

        await Grain.Deactivate();
        await Signals.Wait($"{_key}-ApplicationRequested");

        Assert.NotEqual(before, await Grain.GetInstance());
    }

    [Fact]
    public async Task DeactivateOnIdle_LetsRunningCallsEnd_AndSendsWaitingOnesOn()
    {
        Guid before = await Grain.GetInstance();
        Task<Guid> running = Grain.DeactivateAndWait(_key);
        await Signals.Wait($"{_key}-begun");
        Task<Guid> waiting = Grain.GetInstance();

        Signals.Raise($"{_key}-go");

        Assert.Equal(before, await running);
        Assert.NotEqual(before, await waiting);
    }

    [Fact]
    public async Task FailedActivation_FailsTheCall_AndTheNextCallTriesAgain()
    {
        IFailingActivationGrain grain = cluster.Grains.GetGrain<IFailingActivationGrain>(_key);

        InvalidOperationException e = await Assert.ThrowsAsync<InvalidOperationException>(grain.Call);
        Assert.Equal("not yet", e.Message);

        await grain.Call();
    }

    [Fact]
    public async Task ClassWithoutBase_GetsContextAndServices() =>
        Assert.Equal($"plain/{_key} True", await cluster.Grains.GetGrain<IPlainGrain>(_key).Describe());
}
