namespace Gristmill.Contract.Tests.Timers;

public interface ITimerGrain : IGrainWithStringKey
{
    /// <summary>Ticks at once and then every 10 ms; raises "{name}-{n}" at the nth tick and stops after the last.</summary>
    Task Start(string name, int ticks, bool failing);

    /// <summary>As <see cref="Start"/>, but first after a period, and its ticks do not count.</summary>
    Task StartUncounted(string name, int ticks);

    Task StartThatObjectsToItsEnd(string name);

    Task End();

    Task<bool> TicksInTheTurn(string name);

    Task StartOnce(string name);

    /// <summary>True when the tick waited until this call had ended, unless it may interleave.</summary>
    Task<bool> TickedDuringThisCall(string name, bool interleave);

    /// <summary>Registers a timer without a time, and then gives it one.</summary>
    Task StartByChange(string name);

    /// <summary>Ticks at once, and gives the timer another time during the first tick.</summary>
    Task StartAndChangeInTheTick(string name);

    /// <summary>Gives the timer another time, and no period, while its first tick waits for this call.</summary>
    Task ChangeWhileTheTickWaits(string name);

    Task<int> GetTicks();
}

public sealed class TimerGrain : Grain, ITimerGrain
{
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(10);

    private int _ticks;
    private IGrainTimer? _timer;

    public Task Start(string name, int ticks, bool failing)
    {
        _timer = this.RegisterGrainTimer(
            static (self, _) => self.Grain.Tick(self.Name, self.Last, self.Failing),
            (Grain: this, Name: name, Last: ticks, Failing: failing),
            new GrainTimerCreationOptions(TimeSpan.Zero, s_period));
        return Task.CompletedTask;
    }

    public Task StartUncounted(string name, int ticks)
    {
        int ticked = 0;
        IGrainTimer? timer = null;
        timer = this.RegisterGrainTimer(
            () =>
            {
                Signals.Raise($"{name}-{++ticked}");
                if (ticked == ticks)
                    timer!.Dispose();
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(s_period, s_period));
        return Task.CompletedTask;
    }

    public Task StartThatObjectsToItsEnd(string name)
    {
        this.RegisterGrainTimer(
            (_, stopped) =>
            {
                stopped.Register(() => throw new InvalidOperationException("I do not want to stop."));
                Signals.Raise($"{name}-1");
                return Task.CompletedTask;
            },
            this,
            new GrainTimerCreationOptions(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
        return Task.CompletedTask;
    }

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task<bool> TicksInTheTurn(string name)
    {
        TaskScheduler mine = TaskScheduler.Current;
        TaskCompletionSource<bool> ticked = new();
        using IGrainTimer timer = this.RegisterGrainTimer(
            () =>
            {
                ticked.TrySetResult(TaskScheduler.Current == mine);
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(TimeSpan.Zero, s_period) { Interleave = true });
        return await ticked.Task;
    }

    public Task StartOnce(string name)
    {
        this.RegisterGrainTimer(_ => Tick(name, last: int.MaxValue, failing: false), s_period, Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    public async Task<bool> TickedDuringThisCall(string name, bool interleave)
    {
        bool running = true;
        bool tickedWhileRunning = false;
        this.RegisterGrainTimer(
            () =>
            {
                tickedWhileRunning = running;
                Signals.Raise($"{name}-ticked");
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(TimeSpan.Zero, Timeout.InfiniteTimeSpan) { Interleave = interleave });

        if (interleave)
            await Signals.Wait($"{name}-ticked");
        else
            await WaitForALaterTick(name);
        running = false;
        return tickedWhileRunning;
    }

    public Task StartByChange(string name)
    {
        IGrainTimer timer = Register(name, Timeout.InfiniteTimeSpan);
        timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    public Task StartAndChangeInTheTick(string name)
    {
        _timer = this.RegisterGrainTimer(
            () =>
            {
                if (_ticks == 0)
                    _timer!.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
                return Tick(name, last: int.MaxValue, failing: false);
            },
            new GrainTimerCreationOptions(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
        return Task.CompletedTask;
    }

    public async Task ChangeWhileTheTickWaits(string name)
    {
        IGrainTimer timer = Register(name, TimeSpan.Zero);
        await WaitForALaterTick(name);
        timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    public Task<int> GetTicks() => Task.FromResult(_ticks);

    private IGrainTimer Register(string name, TimeSpan dueTime) => this.RegisterGrainTimer(
        () => Tick(name, last: int.MaxValue, failing: false), new GrainTimerCreationOptions(dueTime, Timeout.InfiniteTimeSpan));

    // One that is due later than those due at once, and may interleave: when it has ticked, they wait or have ticked.
    private async Task WaitForALaterTick(string name)
    {
        this.RegisterGrainTimer(
            () =>
            {
                Signals.Raise($"{name}-later");
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(2 * s_period, Timeout.InfiniteTimeSpan) { Interleave = true });
        await Signals.Wait($"{name}-later");
    }

    private Task Tick(string name, int last, bool failing)
    {
        _ticks++;
        Signals.Raise($"{name}-{_ticks}");
        if (_ticks == last)
            _timer!.Dispose();
        return failing ? throw new InvalidOperationException("a tick failed") : Task.CompletedTask;
    }
}
