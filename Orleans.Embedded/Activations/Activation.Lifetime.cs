using Orleans.CodeGeneration;

namespace Orleans.Runtime;

// Creating → Activating → Valid → Deactivating → Invalid; Activating may go straight to Deactivating. Both long steps run as
// turns, one after the other, and no request runs meanwhile.
internal sealed partial class Activation
{
    // Guarded by the gate.
    private ActivationState _state;
    private bool _activating;
    private bool _ending;
    private bool _wasValid;

    // Written and read in turns.
    private bool _counted;

    internal bool IsValid => _state == ActivationState.Valid;

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        CancellationTokenSource? activating;
        bool schedule;
        lock (_gate)
        {
            if (_state is ActivationState.Deactivating or ActivationState.Invalid)
                return;

            _wasValid = _state == ActivationState.Valid;
            _state = ActivationState.Deactivating;
            Extras.Reason = deactivationReason;
            Extras.DeactivationToken = cancellationToken;
            activating = Extras.Activating;
            schedule = RequestPump();
        }

        activating?.Cancel();
        if (schedule)
            Schedule();
    }

    internal void DelayDeactivation(TimeSpan time)
    {
        lock (_gate)
        {
            Extras.KeepAliveUntil =
                time == TimeSpan.MaxValue || time == Timeout.InfiniteTimeSpan ? long.MaxValue
                : time <= TimeSpan.Zero ? 0
                : Engine.After(time);
        }
    }

    /// <summary>True when no request came for <paramref name="age"/> timestamp units. Does not wait for the gate: one who holds it uses the grain.</summary>
    internal bool IsStale(long now, long age)
    {
        if (!_gate.TryEnter())
            return false;

        try
        {
            return _state == ActivationState.Valid && IsInactive && now - _lastUsed >= age && (_extras?.KeepAliveUntil ?? 0) <= now;
        }
        finally
        {
            _gate.Exit();
        }
    }

    // Under the gate.
    private bool MayChangeState() =>
        _state == ActivationState.Creating || (_state == ActivationState.Deactivating && _running.Count == 0 && !_activating && !_ending);

    private void ChangeState()
    {
        bool end;
        lock (_gate)
        {
            end = _state == ActivationState.Deactivating;
            _ending = end;
            _activating = !end;
            if (_activating)
                _state = ActivationState.Activating;
        }

        // Neither throws: what grain code throws is logged and ends the activation.
        _ = end ? EndAsync() : ActivateAsync();
    }

    private async Task ActivateAsync()
    {
        Exception? failure = null;
        using (CancellationTokenSource cancellation = new())
        {
            lock (_gate)
            {
                RequestContext.Current = _waiting.First?.Context;
                Extras.Activating = cancellation;
            }

            try
            {
                GrainInstance = Class.Create(this);
                if (_extras!.Lifecycle is { } lifecycle)
                    await WithinAsync(Engine.ActivationTimeout, lifecycle.StartAsync(cancellation.Token), cancellation);
                if (GrainInstance is IGrainBase grain)
                    await WithinAsync(Engine.ActivationTimeout, grain.OnActivateAsync(cancellation.Token), cancellation);
            }
            catch (Exception e)
            {
                failure = e;
            }

            lock (_gate)
                Extras.Activating = null;
        }

        if (failure is not null)
            Engine.Log.ActivationFailed(GrainId, failure);

        bool schedule;
        lock (_gate)
        {
            _activating = false;
            _lastUsed = Engine.Monitor.Now;
            if (_state == ActivationState.Activating && failure is null)
            {
                _state = ActivationState.Valid;
            }
            else if (_state == ActivationState.Activating)
            {
                _state = ActivationState.Deactivating;
                Extras.Reason = new DeactivationReason(DeactivationReasonCode.ActivationFailed, failure, "Failed to activate grain.");
            }

            schedule = RequestPump();
        }

        _counted = true;
        Engine.Metrics.Activated(failure is null);
        if (schedule)
            Schedule();
    }

    private async Task EndAsync()
    {
        DisposeTimers();
        DeactivationReason reason = _extras!.Reason;
        using (CancellationTokenSource cancellation = CancellationTokenSource.CreateLinkedTokenSource(_extras.DeactivationToken))
        {
            if (_wasValid && GrainInstance is IGrainBase grain)
                await GuardAsync(() => WithinAsync(Engine.DeactivationTimeout, grain.OnDeactivateAsync(reason, cancellation.Token), cancellation));
            if (_extras.Lifecycle is { } lifecycle)
                await GuardAsync(() => WithinAsync(Engine.DeactivationTimeout, lifecycle.StopAsync(cancellation.Token), cancellation));
        }

        await GuardAsync(DisposeAsync);

        // Out of the catalog before it refuses requests, so that a caller who is refused finds another.
        if (_pool is not null)
            _pool.Remove(this);
        else
            Engine.Catalog.Remove(GrainId, this);

        List<GrainRequest> waiting = [];
        lock (_gate)
        {
            _state = ActivationState.Invalid;
            while (_waiting.First is { } request)
            {
                RemoveWaiting(request);
                request.Target = null;
                waiting.Add(request);
            }

            GrainInstance = null;
        }

        // Before anyone hears of the end; an activation that ended before it began was never counted.
        if (_counted)
            Engine.Metrics.Deactivated();
        foreach (GrainRequest request in waiting)
        {
            if (reason.ReasonCode == DeactivationReasonCode.ActivationFailed && reason.Exception is { } failure)
                request.Reject(failure);
            else
                Engine.Forward(GrainId, request, reason, served: _wasValid);
        }

        _extras.Gone?.TrySetResult();
    }

    private async Task DisposeAsync()
    {
        if (GrainInstance is IAsyncDisposable asyncDisposable)
            await asyncDisposable.DisposeAsync();
        else if (GrainInstance is IDisposable disposable)
            disposable.Dispose();
        if (_extras!.Scope is { } scope)
            await scope.DisposeAsync();
    }

    private void DisposeTimers()
    {
        GrainTimer[] timers;
        lock (_gate)
        {
            timers = _extras?.Timers?.ToArray() ?? [];
            _extras?.Timers?.Clear();
        }

        foreach (GrainTimer timer in timers)
            timer.Dispose();
    }

    // Waits for the task no longer than the time allows; its token fires then. A task that has ended costs no timer.
    private async Task WithinAsync(TimeSpan time, Task task, CancellationTokenSource cancellation)
    {
        if (task.IsCompleted)
        {
            await task;
            return;
        }

        using ITimer timer = Engine.Time.CreateTimer(
            static source => ((CancellationTokenSource)source!).Cancel(), cancellation, time, Timeout.InfiniteTimeSpan);
        await task.WaitAsync(cancellation.Token);
    }

    private async Task GuardAsync(Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (Exception e)
        {
            // The activation ends all the same.
            Engine.Log.DeactivationFailed(GrainId, e);
        }
    }
}
