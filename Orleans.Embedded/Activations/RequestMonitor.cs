using Orleans.CodeGeneration;

namespace Orleans.Runtime;

/// <summary>
/// Ends the wait of callers whose time is over, and collects idle grains. It looks only at activations that had requests lately:
/// one that takes a request asks to be watched, one that has been idle for a while is let go.
/// </summary>
internal sealed class RequestMonitor : IDisposable
{
    private static readonly TimeSpan s_watchAfterUse = TimeSpan.FromSeconds(10);

    private readonly GrainEngine _engine;
    private readonly TimeSpan _period;
    private readonly Lock _gate = new();
    private List<Activation> _watched = [];
    private ITimer? _sweeps;
    private ITimer? _collections;
    private long _now;

    public RequestMonitor(GrainEngine engine, TimeSpan responseTimeout)
    {
        _engine = engine;
        TimeSpan longest = TimeSpan.FromSeconds(1);
        _period = responseTimeout > TimeSpan.Zero && responseTimeout < longest ? responseTimeout : longest;
        _now = engine.Time.GetTimestamp();
    }

    /// <summary>The time of the last sweep: cheap, and near enough for idle times.</summary>
    public long Now => Volatile.Read(ref _now);

    public void Start(TimeSpan collectionQuantum)
    {
        _sweeps = _engine.Time.CreateTimer(static self => ((RequestMonitor)self!).Sweep(), this, _period, _period);
        _collections = _engine.Time.CreateTimer(
            static self => ((RequestMonitor)self!)._engine.Catalog.CollectIdle(), this, collectionQuantum, collectionQuantum);
    }

    public void Watch(Activation activation)
    {
        lock (_gate)
            _watched.Add(activation);
    }

    public void Dispose()
    {
        _sweeps?.Dispose();
        _collections?.Dispose();
    }

    /// <summary>Ends the wait of all callers: nobody will answer them any more.</summary>
    public void FailAll(Exception failure)
    {
        foreach (GrainRequest request in Win(before: long.MaxValue, idleSince: long.MaxValue, Timeout.Infinite))
            request.AnswerFromOutside(failure);
    }

    private void Sweep()
    {
        long now = _engine.Time.GetTimestamp();
        Volatile.Write(ref _now, now);
        foreach (GrainRequest request in Win(before: now, idleSince: now - _engine.ToTimestamp(s_watchAfterUse), waitMs: 0))
            request.AnswerFromOutside(_engine.TimeoutOf(request));
    }

    // The requests whose time is over by the given time: their answer is won. An activation whose gate is taken is left for the
    // next sweep: a rule about interleaving may hold it for long, and the time-outs of all others must not wait for that.
    private List<GrainRequest> Win(long before, long idleSince, int waitMs)
    {
        List<Activation> watched;
        lock (_gate)
        {
            watched = _watched;
            _watched = [];
        }

        List<GrainRequest> won = [];
        foreach (Activation activation in watched)
        {
            if (activation.Sweep(before, idleSince, won, waitMs))
                Watch(activation);
        }

        return won;
    }
}
