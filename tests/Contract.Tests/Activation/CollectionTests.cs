using Orleans.TestingHost;

namespace Gristmill.Contract.Tests.Activation;

/// <summary>Collection takes every idle grain of its cluster, so these tests have one of their own.</summary>
public sealed class CollectionTests(CollectionTests.OwnCluster cluster) : IClassFixture<CollectionTests.OwnCluster>
{
    private static readonly GrainType s_idle = GrainType.Create("idle");
    private static readonly GrainType s_keptAlive = GrainType.Create("kept-alive");

    private readonly string _key = Guid.NewGuid().ToString("N");

    private IManagementGrain Management => cluster.Grains.GetGrain<IManagementGrain>(0);

    [Fact]
    public async Task IdleGrain_IsCollected_AndToldSo()
    {
        await Idle(s_idle).Touch();

        await Management.ForceActivationCollection(TimeSpan.Zero);

        await Signals.Wait($"{_key}-ActivationIdle");
    }

    [Fact]
    public async Task KeepAliveGrain_IsNotCollected()
    {
        await Idle(s_keptAlive).Touch();

        await Management.ForceActivationCollection(TimeSpan.Zero);

        Assert.Contains(GrainId.Create(s_keptAlive, _key), await Management.GetActiveGrains(s_keptAlive));
    }

    [Fact]
    public async Task DelayDeactivation_KeepsAnIdleGrain()
    {
        await Idle(s_idle).Delay(TimeSpan.FromMinutes(5));

        await Management.ForceActivationCollection(TimeSpan.Zero);

        Assert.Contains(GrainId.Create(s_idle, _key), await Management.GetActiveGrains(s_idle));
    }

    [Fact]
    public async Task BusyGrain_IsNotCollected()
    {
        Task running = Idle(s_idle).Block(_key);
        await Signals.Wait($"{_key}-begun");

        await Management.ForceActivationCollection(TimeSpan.Zero);

        Assert.Contains(GrainId.Create(s_idle, _key), await Management.GetActiveGrains(s_idle));
        Signals.Raise($"{_key}-go");
        await running;
    }

    public sealed class OwnCluster : IAsyncLifetime
    {
        private readonly TestCluster _cluster = new TestClusterBuilder(initialSilosCount: 1).Build();

        public IGrainFactory Grains => _cluster.GrainFactory;

        public async ValueTask InitializeAsync() => await _cluster.DeployAsync();

        public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();
    }

    private IIdleGrain Idle(GrainType type) => cluster.Grains.GetGrain<IIdleGrain>(GrainId.Create(type, _key));
}
