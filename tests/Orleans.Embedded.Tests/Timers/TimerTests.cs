using Orleans;
using Orleans.Runtime;

namespace Gristmill.EmbeddedEngine.Tests.Timers;

/// <summary>Runs on this engine only: Orleans runs the tick.</summary>
public sealed class TimerTests
{
    [Fact]
    public async Task TimerDisposed_WhileItsTickWaits_DoesNotTick()
    {
        await using TestSilo silo = await TestSilo.StartAsync();
        ITimedGrain grain = silo.Grains.GetGrain<ITimedGrain>("a");
        Task disposing = grain.DisposeWhileTheTickWaits();
        await silo.Board.Wait("registered");
        silo.Time.Advance(TimeSpan.FromSeconds(1));

        silo.Board.Raise("due");
        await disposing;

        // Behind the tick in the grain's queue.
        Assert.False(await grain.HasTicked());
    }
}

public interface ITimedGrain : IGrainWithStringKey
{
    Task DisposeWhileTheTickWaits();

    Task<bool> HasTicked();
}

public sealed class TimedGrain(Board board) : Grain, ITimedGrain
{
    private bool _ticked;

    public async Task DisposeWhileTheTickWaits()
    {
        using IGrainTimer timer = this.RegisterGrainTimer(
            () =>
            {
                _ticked = true;
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan));
        board.Raise("registered");
        await board.Wait("due");
    }

    public Task<bool> HasTicked() => Task.FromResult(_ticked);
}
