using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Gristmill.EmbeddedEngine.Tests.Activations;

/// <summary>Runs on this engine only: idle ages pass on a clock that the test moves, which Orleans has not.</summary>
public sealed class CollectionTests
{
    [Fact]
    public async Task IdleGrain_IsCollectedAfterItsAge_NotBefore()
    {
        await using TestSilo silo = await TestSilo.StartAsync(s => s.Configure<GrainCollectionOptions>(o => o.CollectionAge = TimeSpan.FromMinutes(10)));
        await silo.Grains.GetGrain<IAgingGrain>("a").Touch();

        silo.Time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(1, await silo.Management.GetTotalActivationCount());

        silo.Time.Advance(TimeSpan.FromMinutes(2));
        await silo.Board.Wait("a ActivationIdle");
    }

    [Fact]
    public async Task Call_StartsTheIdleTimeAnew()
    {
        await using TestSilo silo = await TestSilo.StartAsync(s => s.Configure<GrainCollectionOptions>(o => o.CollectionAge = TimeSpan.FromMinutes(10)));
        for (int i = 0; i < 5; i++)
        {
            await silo.Grains.GetGrain<IAgingGrain>("a").Touch();
            silo.Time.Advance(TimeSpan.FromMinutes(7));
        }

        Assert.Equal(1, await silo.Management.GetTotalActivationCount());
    }

    [Fact]
    public async Task AgeOfTheClass_GoesBeforeTheSilos()
    {
        await using TestSilo silo = await TestSilo.StartAsync();
        await silo.Grains.GetGrain<IShortLivedGrain>("short").Touch();
        await silo.Grains.GetGrain<IAgingGrain>("long").Touch();

        silo.Time.Advance(TimeSpan.FromMinutes(3));

        await silo.Board.Wait("short ActivationIdle");
        Assert.Equal([GrainId.Create("aging", "long")], await silo.Management.GetActiveGrains(GrainType.Create("aging")));
    }

    [Fact]
    public async Task DelayDeactivation_HoldsForItsTime()
    {
        await using TestSilo silo = await TestSilo.StartAsync(s => s.Configure<GrainCollectionOptions>(o => o.CollectionAge = TimeSpan.FromMinutes(2)));
        await silo.Grains.GetGrain<IAgingGrain>("a").Delay(TimeSpan.FromMinutes(30));

        silo.Time.Advance(TimeSpan.FromMinutes(29));
        Assert.Equal(1, await silo.Management.GetTotalActivationCount());

        silo.Time.Advance(TimeSpan.FromMinutes(2));
        await silo.Board.Wait("a ActivationIdle");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TimerTicks_KeepTheGrainOnlyWhenAskedTo(bool keepAlive)
    {
        await using TestSilo silo = await TestSilo.StartAsync(s => s.Configure<GrainCollectionOptions>(o => o.CollectionAge = TimeSpan.FromMinutes(5)));
        await silo.Grains.GetGrain<IAgingGrain>("a").Tick(TimeSpan.FromMinutes(3), keepAlive);
        silo.Time.Advance(TimeSpan.FromMinutes(3));
        await silo.Board.Wait("a tick 1");

        silo.Time.Advance(TimeSpan.FromMinutes(2.5));

        if (keepAlive)
            Assert.Equal(1, await silo.Management.GetTotalActivationCount());
        else
            await silo.Board.Wait("a ActivationIdle");
    }
}

public interface IAgingGrain : IGrainWithStringKey
{
    Task Touch();

    Task Delay(TimeSpan time);

    Task Tick(TimeSpan period, bool keepAlive);
}

[GrainType("aging")]
public class AgingGrain(Board board) : Grain, IAgingGrain
{
    private int _ticks;

    public Task Touch() => Task.CompletedTask;

    public Task Delay(TimeSpan time)
    {
        DelayDeactivation(time);
        return Task.CompletedTask;
    }

    public Task Tick(TimeSpan period, bool keepAlive)
    {
        this.RegisterGrainTimer(
            () =>
            {
                board.Raise($"{this.GetPrimaryKeyString()} tick {++_ticks}");
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(period, period) { KeepAlive = keepAlive });
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        board.Raise($"{this.GetPrimaryKeyString()} {reason.ReasonCode}");
        return Task.CompletedTask;
    }
}

public interface IShortLivedGrain : IGrainWithStringKey
{
    Task Touch();
}

[CollectionAgeLimit(Minutes = 2)]
public sealed class ShortLivedGrain(Board board) : AgingGrain(board), IShortLivedGrain;
