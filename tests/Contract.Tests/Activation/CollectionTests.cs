using Orleans.Configuration;
using Orleans.TestingHost;

namespace Gristmill.Contract.Tests.Activation;

/// <summary>Collection takes every idle grain of its cluster, so these tests have one of their own.</summary>
public sealed class CollectionTests(CollectionTests.OwnCluster cluster) : IClassFixture<CollectionTests.OwnCluster>
{
    private static readonly GrainType s_idle = GrainType.Create("idle");

    private readonly string _key = Guid.NewGuid().ToString("N");

    private IManagementGrain Management => cluster.Grains.GetGrain<IManagementGrain>(0);

    [Fact]
    public async Task IdleGrain_IsCollected_AndToldSo()
    {
        await Idle(s_idle).Touch();

        await Management.ForceActivationCollection(TimeSpan.Zero);

        await Signals.Wait($"{_key}-ActivationIdle");
    }

    [Theory]
    [InlineData("kept-alive")]
    [InlineData("always-active")]
    public async Task GrainThatIsMeantToStay_IsNotCollected(string type)
    {
        GrainType kept = GrainType.Create(type);
        await Idle(kept).Touch();

        await Management.ForceActivationCollection(TimeSpan.Zero);

        Assert.Contains(GrainId.Create(kept, _key), await Management.GetActiveGrains(kept));
    }

    [Fact]
    public async Task AgeLimitOfTheClass_GoesBeforeTheSilos()
    {
        GrainType longLived = GrainType.Create("long-lived");
        await Idle(longLived).Touch();
        await Idle(s_idle).Touch();

        await Signals.Wait($"{_key}-ActivationIdle");

        Assert.Contains(GrainId.Create(longLived, _key), await Management.GetActiveGrains(longLived));
        Assert.DoesNotContain(GrainId.Create(s_idle, _key), await Management.GetActiveGrains(s_idle));
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
        private readonly TestCluster _cluster;

        public OwnCluster()
        {
            TestClusterBuilder builder = new(initialSilosCount: 1);
            builder.AddSiloBuilderConfigurator<Configurator>();
            _cluster = builder.Build();
        }

        public IGrainFactory Grains => _cluster.GrainFactory;

        public async ValueTask InitializeAsync() => await _cluster.DeployAsync();

        public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

        private sealed class Configurator : ISiloConfigurator
        {
            // Short, for the test that waits for it.
            public void Configure(ISiloBuilder siloBuilder) => siloBuilder.Configure<GrainCollectionOptions>(options =>
            {
                options.CollectionQuantum = TimeSpan.FromSeconds(0.2);
                options.CollectionAge = TimeSpan.FromSeconds(1);
            });
        }
    }

    private IIdleGrain Idle(GrainType type) => cluster.Grains.GetGrain<IIdleGrain>(GrainId.Create(type, _key));
}
