using Orleans.CodeGeneration;
using Orleans.Storage;

namespace Orleans.Runtime;

// Requests wait in one list, in order of arrival, and run in another.
internal sealed partial class Activation
{
    // All guarded by the gate.
    private RequestList _waiting = new(RequestPlace.Waiting);
    private RequestList _running = new(RequestPlace.Running);
    private GrainRequest? _blocking;
    private int _waitingThatMayInterleave;
    private long _lastUsed;
    private bool _watched;

    /// <summary>True once the activation starts no more requests. A hint, as the next two.</summary>
    internal bool IsEnding => _state is ActivationState.Deactivating or ActivationState.Invalid;

    /// <summary>Neither running nor waiting requests.</summary>
    internal bool IsInactive => _running.Count == 0 && _waiting.Count == 0;

    internal int WaitingCount => _waiting.Count;

    public bool TryAccept(GrainRequest request)
    {
        bool schedule;
        bool watch;
        LimitExceededException? overload = null;
        lock (_gate)
        {
            if (_state == ActivationState.Invalid)
                return false;

            // The caller gave up while the request was on its way: nobody misses it. An activation that was made for it begins
            // all the same, or it would be neither active nor idle for ever.
            if (request.IsAnswered && _state != ActivationState.Creating)
                return true;

            int count = _waiting.Count + _running.Count;
            if (Class.QueueLimit > 0 && count > Class.QueueLimit && !request.IsLocal)
            {
                overload = new LimitExceededException(Class.QueueLimitName, count, Class.QueueLimit, ToString());
                schedule = watch = false;
            }
            else
            {
                request.Target = this;
                _waiting.Append(request);
                if (AsksToInterleave(request))
                    _waitingThatMayInterleave++;
                schedule = RequestPump();
                watch = !_watched;
                _watched = true;
            }
        }

        if (overload is not null)
            request.Reject(overload);
        if (watch)
            Engine.Monitor.Watch(this);
        if (schedule)
            Schedule();
        return true;
    }

    /// <summary>
    /// Forgets a request whose caller has been answered from outside. A waiting one never runs; a running one has its token
    /// cancelled if that is asked for. False when the request is no longer here.
    /// </summary>
    internal bool Abandon(GrainRequest request, bool cancel)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(request.Target, this))
                return false;
            if (request.Place == RequestPlace.Waiting)
            {
                RemoveWaiting(request);
                return true;
            }

            cancel &= request.Place == RequestPlace.Running && request.IsCancellable;
        }

        if (cancel)
            CancelInTurn(request);
        return true;
    }

    /// <summary>
    /// Wins the answer of every request whose time is over and adds it to <paramref name="expired"/>. False when the activation
    /// has been idle for long enough to be watched no more. Waits for the gate no longer than that: what is not looked at now is
    /// looked at next time.
    /// </summary>
    internal bool Sweep(long now, long idleSince, List<GrainRequest> expired, int waitMs)
    {
        if (!_gate.TryEnter(waitMs))
            return true;

        try
        {
            for (GrainRequest? r = _waiting.First, next; r is not null; r = next)
            {
                next = r.Next;
                if (IsOver(r, now) && r.TryAnswer())
                {
                    RemoveWaiting(r);
                    expired.Add(r);
                }
            }

            for (GrainRequest? r = _running.First; r is not null; r = r.Next)
            {
                if (IsOver(r, now) && r.TryAnswer())
                {
                    expired.Add(r);
                    if (Engine.CancelOnTimeout && r.IsCancellable)
                        CancelInTurn(r);
                }
            }

            return _watched = _waiting.Count + _running.Count > 0 || _lastUsed > idleSince;
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>In a turn: a request's invocation has ended and its outcome is stored.</summary>
    internal void OnInvoked(GrainRequest request)
    {
        if (request.Failure is { } failure)
            OnFailure(request, failure);

        bool schedule;
        lock (_gate)
        {
            _running.Remove(request);
            if (_blocking is null || ReferenceEquals(_blocking, request))
                _blocking = null;
            if (request.KeepsAlive)
                _lastUsed = Engine.Monitor.Now;
            schedule = (_waiting.Count > 0 || (_state == ActivationState.Deactivating && _running.Count == 0)) && RequestPump();
        }

        request.Complete();
        if (schedule)
            Schedule();
    }

    private void Begin(GrainRequest request)
    {
        // The interleaving rule threw when it was asked about this request.
        if (request.Failure is not null)
        {
            OnInvoked(request);
            return;
        }

        if (request.Context is { } values)
            RequestContext.Current = values;

        bool filtered = Class.HasFilters;
        Task? invocation = null;
        try
        {
            invocation = filtered ? new IncomingCall(request, this, Engine.IncomingFilters).RunAsync() : request.Start(GrainInstance!);
        }
        catch (Exception e)
        {
            // A method that is not async throws here.
            request.Failure = e;
        }

        if (invocation is { IsCompleted: false })
        {
            request.Await(invocation, collect: !filtered);
            return;
        }

        if (invocation is not null && !filtered)
            request.Collect(invocation);
        OnInvoked(request);
    }

    private void OnFailure(GrainRequest request, Exception failure)
    {
        if (request.IsLocal)
            Engine.Log.TimerFailed(GrainId, failure);
        else if (!request.WantsAnswer)
            Engine.Log.OneWayCallFailed(request.Method, GrainId, failure);

        // State that storage contradicts is not to be trusted: the next activation reads it afresh. The mark keeps the exception,
        // as it travels on, from ending other activations.
        if (failure is InconsistentStateException { IsSourceActivation: true } inconsistent)
        {
            inconsistent.IsSourceActivation = false;
            Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationError, failure, failure.Message));
        }
    }

    private void CancelInTurn(GrainRequest request) => QueueAction(() =>
    {
        try
        {
            request.CancelInvocation();
        }
        catch (AggregateException e)
        {
            Engine.Log.CancellationCallbackFailed(GrainId, e);
        }
    });

    // Under the gate, as all that follow.
    private GrainRequest? TakeNext()
    {
        bool localOnly = _state == ActivationState.Deactivating;
        if (_blocking is not null && _waitingThatMayInterleave == 0 && Class.MayInterleave is null && !localOnly)
            return null;

        for (GrainRequest? r = _waiting.First, next; r is not null; r = next)
        {
            next = r.Next;
            if (r.IsAnswered)
            {
                RemoveWaiting(r);
                continue;
            }

            if ((localOnly && !r.IsLocal) || !MayStartOrFails(r))
                continue;

            RemoveWaiting(r);
            _running.Append(r);
            if (_blocking is null && !Has(r, InvokeMethodOptions.AlwaysInterleave))
                _blocking = r;
            return r;
        }

        return null;
    }

    private bool MayStartOrFails(GrainRequest request)
    {
        try
        {
            return MayStart(request);
        }
        catch (Exception e)
        {
            request.Failure = e;
            return true;
        }
    }

    private bool MayStart(GrainRequest request)
    {
        if (_running.Count == 0 || _blocking is null || Has(request, InvokeMethodOptions.AlwaysInterleave))
            return true;
        if (Has(request, InvokeMethodOptions.ReadOnly) && Has(_blocking, InvokeMethodOptions.ReadOnly))
            return true;
        if (RequestContext.ReentrancyIdOf(request.Context) is var chain && chain != Guid.Empty
            && _extras?.ReentrantSections?.ContainsKey(chain) == true)
            return true;
        return Class.MayInterleave is { } may && (may(GrainInstance, request) || may(GrainInstance, _blocking));
    }

    private void RemoveWaiting(GrainRequest request)
    {
        _waiting.Remove(request);
        if (AsksToInterleave(request))
            _waitingThatMayInterleave--;
    }

    // At the end of time those are over as well that may take for ever.
    private static bool IsOver(GrainRequest request, long now) => request.Deadline < now || now == long.MaxValue;

    private static bool Has(GrainRequest request, InvokeMethodOptions option) => (request.Options & option) != 0;

    private static bool AsksToInterleave(GrainRequest request) =>
        Has(request, InvokeMethodOptions.AlwaysInterleave | InvokeMethodOptions.ReadOnly)
        || RequestContext.ReentrancyIdOf(request.Context) != Guid.Empty;
}
