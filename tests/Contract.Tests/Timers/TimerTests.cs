namespace Gristmill.Contract.Tests.Timers;

public sealed class TimerTests(ContractCluster cluster)
{
    private readonly string _key = Guid.NewGuid().ToString("N");

    private ITimerGrain Grain => cluster.Grains.GetGrain<ITimerGrain>(_key);

    [Fact]
    public async Task Timer_TicksUntilItIsDisposed()
    {
        await Grain.Start(_key, ticks: 3, failing: false);

        await Signals.Wait($"{_key}-3");
        await TickElsewhere();
        Assert.Equal(3, await Grain.GetTicks());
    }

    [Fact]
    public async Task Timer_GoesOnAfterAFailedTick()
    {
        await Grain.Start(_key, ticks: 3, failing: true);

        await Signals.Wait($"{_key}-3");
    }

    [Fact]
    public async Task Timer_WithoutPeriod_TicksOnce()
    {
        await Grain.StartOnce(_key);

        await Signals.Wait($"{_key}-1");
        await TickElsewhere();
        Assert.Equal(1, await Grain.GetTicks());
    }

    [Fact]
    public async Task Ticks_PassTheSilosFilters()
    {
        await Grain.StartOnce(_key);

        await Signals.Wait($"{_key}-tick-filtered");
        await Signals.Wait($"{_key}-1");
    }

    [Fact]
    public async Task Timer_WhoseTokenCallbackThrows_DoesNotKeepTheActivationFromEnding()
    {
        await Grain.StartThatObjectsToItsEnd(_key);
        await Signals.Wait($"{_key}-1");

        await Grain.End();

        // Answered by the next activation, which has not ticked.
        Assert.Equal(0, await Grain.GetTicks());
    }

    [Fact]
    public async Task Ticks_RunInTheTurn() => Assert.True(await Grain.TicksInTheTurn(_key));

    [Fact]
    public async Task Tick_WaitsForTheRunningCall()
    {
        Assert.False(await Grain.TickedDuringThisCall(_key, interleave: false));
        await Signals.Wait($"{_key}-ticked");
    }

    [Fact]
    public async Task Tick_ThatMayInterleave_RunsBesideTheCall() => Assert.True(await Grain.TickedDuringThisCall(_key, interleave: true));

    [Fact]
    public async Task Change_StartsATimer()
    {
        await Grain.StartByChange(_key);

        await Signals.Wait($"{_key}-1");
        await TickElsewhere();
        Assert.Equal(1, await Grain.GetTicks());
    }

    [Fact]
    public async Task Change_InTheTick_HoldsWhenItHasEnded()
    {
        await Grain.StartAndChangeInTheTick(_key);

        await Signals.Wait($"{_key}-2");
        await TickElsewhere();
        Assert.Equal(2, await Grain.GetTicks());
    }

    [Fact]
    public async Task Change_WhileTheTickWaits_SetsThePeriodOnly()
    {
        await Grain.ChangeWhileTheTickWaits(_key);

        await Signals.Wait($"{_key}-1");
        await TickElsewhere();
        Assert.Equal(1, await Grain.GetTicks());
    }

    // Another timer of the grain, begun now and with the same period, ticks three times: one more tick of the first would have been among them.
    private async Task TickElsewhere()
    {
        await Grain.StartUncounted($"{_key}-elsewhere", ticks: 3);
        await Signals.Wait($"{_key}-elsewhere-3");
    }
}
