using Orleans.CodeGeneration;

namespace Orleans.Runtime;

/// <summary>
/// A timer of one activation. Each tick is a request to the activation, and the clock is set again when it has ended: ticks of
/// one timer never overlap or pile up.
/// </summary>
internal sealed class GrainTimer : IGrainTimer
{
    private static readonly GrainMethod s_method = new(typeof(IGrainTimerInvoker), nameof(IGrainTimerInvoker.InvokeCallbackAsync), []);

    private readonly Activation _activation;
    private readonly CancellationTokenSource _stopped = new();
    private readonly Func<CancellationToken, Task> _callback;
    private readonly Tick _tick;
    private readonly ITimer _clock;
    private readonly Lock _gate = new();

    // Guarded by the gate.
    private TimeSpan _next;
    private TimeSpan _period;
    private bool _firing;
    private bool _changed;

    public GrainTimer(Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        Check(options.DueTime, options.Period);
        _activation = activation;
        _callback = callback;
        _tick = new Tick(this, options);
        _period = options.Period;

        // A tick is a call without a caller: nothing of the registering call's context belongs to it.
        using (ExecutionContext.SuppressFlow())
        {
            _clock = activation.Engine.Time.CreateTimer(
                static timer => ((GrainTimer)timer!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        activation.AddTimer(this);
        _clock.Change(options.DueTime, Timeout.InfiniteTimeSpan);
    }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        Check(dueTime, period);
        lock (_gate)
        {
            _next = dueTime;
            _period = period;
            _changed = _firing;
            if (!_firing)
                _clock.Change(dueTime, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        _activation.RemoveTimer(this);
        _clock.Dispose();
        try
        {
            _stopped.Cancel();
        }
        catch (AggregateException e)
        {
            // What a tick registered with its token is the tick's affair: the timer has ended all the same.
            _activation.Engine.Log.CancellationCallbackFailed(_activation.GrainId, e);
        }
    }

    private void Fire()
    {
        lock (_gate)
        {
            // The clock was changed while it was already calling: one tick serves both.
            if (_firing)
                return;
            _firing = true;
        }

        _tick.Send(_activation);
    }

    // Of a change that was made while the tick waited, the new period is left: the tick is what was due.
    private void OnTicking()
    {
        lock (_gate)
            _changed = false;
    }

    private void OnTicked()
    {
        lock (_gate)
        {
            _clock.Change(_changed ? _next : _period, Timeout.InfiniteTimeSpan);
            _firing = false;
            _changed = false;
        }
    }

    private static void Check(TimeSpan dueTime, TimeSpan period)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, Timeout.InfiniteTimeSpan);
        ArgumentOutOfRangeException.ThrowIfLessThan(period, Timeout.InfiniteTimeSpan);
    }

    private sealed class Tick : GrainRequest
    {
        private readonly GrainTimer _timer;
        private readonly bool _keepsAlive;

        public Tick(GrainTimer timer, GrainTimerCreationOptions options)
            : base(s_method)
        {
            _timer = timer;
            _keepsAlive = options.KeepAlive;
            Options = options.Interleave ? InvokeMethodOptions.AlwaysInterleave : InvokeMethodOptions.None;
        }

        internal override bool IsLocal => true;

        internal override bool KeepsAlive => _keepsAlive;

        internal override object? Result { get; set; }

        public override int GetArgumentCount() => 0;

        public override object? GetArgument(int index) => throw new ArgumentOutOfRangeException(nameof(index));

        public void Send(Activation activation)
        {
            MakeOneWay();
            Caller = activation;
            Deadline = long.MaxValue;
            activation.TryAccept(this);
        }

        internal override Task? Start(object grain)
        {
            // Disposed while the tick waited: nothing to do.
            if (_timer._stopped.IsCancellationRequested)
                return null;
            _timer.OnTicking();
            return _timer._callback(_timer._stopped.Token);
        }

        internal override void Collect(Task invocation)
        {
            if (!invocation.IsCompletedSuccessfully)
                Failure = invocation.Exception?.InnerExceptions[0] ?? new TaskCanceledException(invocation);
        }

        private protected override void CompleteCaller(Exception? failure)
        {
        }

        private protected override void Recycle() => _timer.OnTicked();
    }
}

/// <summary>The method that a tick calls, for call filters that ask.</summary>
internal interface IGrainTimerInvoker : IAddressable
{
    Task InvokeCallbackAsync();
}
