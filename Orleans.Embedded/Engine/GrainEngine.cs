using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.CodeGeneration;
using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>
/// The runtime of one silo: sends calls, and owns what activations share. Made once per host; safe from any thread.
/// </summary>
internal sealed class GrainEngine : IGrainRuntime, IDisposable
{
    public static readonly DeactivationReason ShuttingDown = new(DeactivationReasonCode.ShuttingDown, "The silo is stopping.");

    // More activations in a row that never served a call mean that there is no end to it.
    private const int MaxForwards = 2;

    // What the filters of a one-way call wait for.
    private static readonly Task<NoResult> s_sent = Task.FromResult(default(NoResult));

    private readonly IOutgoingGrainCallFilter[] _outgoingFilters;
    private readonly ILocalSiloDetails _silo;
    private readonly TimeSpan _responseTimeout;
    private readonly long _responseTimeoutUnits;
    private int _phase;

    public GrainEngine(
        IServiceProvider services,
        ILocalSiloDetails silo,
        TimeProvider time,
        GrainMetrics metrics,
        ILoggerFactory loggers,
        IEnumerable<IIncomingGrainCallFilter> incomingFilters,
        IEnumerable<IOutgoingGrainCallFilter> outgoingFilters,
        IOptions<SiloMessagingOptions> messaging,
        IOptions<GrainCollectionOptions> collection)
    {
        Services = services;
        _silo = silo;
        Time = time;
        Metrics = metrics;
        Log = new GrainEngineLog(loggers.CreateLogger("Orleans.Grain"));
        IncomingFilters = [.. incomingFilters];
        _outgoingFilters = [.. outgoingFilters];
        _responseTimeout = messaging.Value.ResponseTimeout;
        _responseTimeoutUnits = ToTimestamp(_responseTimeout);
        CancelOnTimeout = messaging.Value.CancelRequestOnTimeout;
        ActivationTimeout = collection.Value.ActivationTimeout;
        DeactivationTimeout = collection.Value.DeactivationTimeout;
        CollectionQuantum = collection.Value.CollectionQuantum;
        Monitor = new RequestMonitor(this, _responseTimeout);
        Catalog = new Catalog(this);
        Classes = new GrainClasses(this, GrainManifest.Discover(), messaging.Value, collection.Value);
        Factory = new GrainFactory(this);
    }

    private enum Phase
    {
        NotStarted,
        Running,

        /// <summary>Grains may still call grains that are there; nothing new begins.</summary>
        Draining,
        Stopped,
    }

    public IServiceProvider Services { get; }

    public TimeProvider Time { get; }

    public GrainEngineLog Log { get; }

    public GrainMetrics Metrics { get; }

    public Catalog Catalog { get; }

    public GrainClasses Classes { get; }

    public GrainFactory Factory { get; }

    public RequestMonitor Monitor { get; }

    public IIncomingGrainCallFilter[] IncomingFilters { get; }

    public TimeSpan ActivationTimeout { get; }

    public TimeSpan DeactivationTimeout { get; }

    public bool CancelOnTimeout { get; }

    public bool IsActivating => CurrentPhase == Phase.Running;

    public SiloStatus Status => CurrentPhase switch
    {
        Phase.NotStarted => SiloStatus.Created,
        Phase.Running => SiloStatus.Active,
        Phase.Draining => SiloStatus.ShuttingDown,
        _ => SiloStatus.Dead,
    };

    public SiloAddress SiloAddress => _silo.SiloAddress;

    public string SiloIdentity => SiloAddress.ToString();

    public IGrainFactory GrainFactory => Factory;

    IServiceProvider IGrainRuntime.ServiceProvider => Services;

    TimeProvider IGrainRuntime.TimeProvider => Time;

    private TimeSpan CollectionQuantum { get; }

    private Phase CurrentPhase => (Phase)Volatile.Read(ref _phase);

    public void Start()
    {
        TurnWatch.Start();
        Volatile.Write(ref _phase, (int)Phase.Running);
        Monitor.Start(CollectionQuantum);
    }

    /// <summary>
    /// Refuses new calls, ends all activations, and stops. Activations that do not end in time are left behind.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _phase, (int)Phase.Draining);
        try
        {
            await Catalog.DeactivateAllAsync(ShuttingDown, cancellationToken);
        }
        finally
        {
            Dispose();
            Monitor.FailAll(Unavailable(Phase.Stopped));
        }
    }

    public void Dispose()
    {
        Monitor.Dispose();
        if (Interlocked.Exchange(ref _phase, (int)Phase.Stopped) is (int)Phase.Running or (int)Phase.Draining)
            TurnWatch.Stop();
    }

    public void DeactivateOnIdle(IGrainContext grainContext) => grainContext.Deactivate(
        new DeactivationReason(DeactivationReasonCode.ApplicationRequested, $"{nameof(DeactivateOnIdle)} was called."));

    public void DelayDeactivation(IGrainContext grainContext, TimeSpan timeSpan) => ((Activation)grainContext).DelayDeactivation(timeSpan);

    public Task<TResult> CallAsync<TResult>(GrainReference reference, GrainRequest<TResult> request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<TResult> response = request.OpenResponse();
        if (_outgoingFilters.Length > 0)
            return new OutgoingCall<TResult>(reference, request, response, _outgoingFilters, cancellationToken).RunAsync();

        Send(reference, request, cancellationToken);
        return response;
    }

    public void Post(GrainReference reference, GrainRequest<NoResult> request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        request.MakeOneWay();
        if (_outgoingFilters.Length > 0)
            _ = PostFilteredAsync(reference, request, cancellationToken);
        else
            Send(reference, request, CancellationToken.None);
    }

    public void Send(GrainReference reference, GrainRequest request, CancellationToken cancellationToken)
    {
        Activation? caller = RuntimeContext.Activation;
        request.Caller = caller;
        request.Context = RequestContext.Current;
        request.Deadline = DeadlineOf(request);
        request.LinkToCaller(cancellationToken);
        Metrics.Called();

        Phase phase = CurrentPhase;
        if (phase != Phase.Running && !(phase == Phase.Draining && caller is not null))
        {
            request.Reject(Unavailable(phase));
            return;
        }

        try
        {
            reference.Send(request);
        }
        catch (SiloUnavailableException e)
        {
            request.Reject(e);
        }
    }

    /// <summary>Sends a request on to the grain's next activation, because the one it waited in has ended.</summary>
    /// <param name="grainId">Its target.</param>
    /// <param name="request">The request.</param>
    /// <param name="reason">Why the activation ended.</param>
    /// <param name="served">False when it ended before it could serve any call.</param>
    public void Forward(GrainId grainId, GrainRequest request, DeactivationReason reason, bool served)
    {
        if (request.IsAnswered || request.IsLocal)
            return;

        request.Forwards = served ? 0 : request.Forwards + 1;
        if (request.Forwards > MaxForwards)
        {
            request.Reject(new OrleansMessageRejectionException(
                $"{request.Method} was given up, because grain {grainId} ends in every activation. {reason}"));
            return;
        }

        try
        {
            while (!Catalog.GetTarget(grainId).TryAccept(request))
            {
            }
        }
        catch (SiloUnavailableException e)
        {
            request.Reject(e);
        }
    }

    public void ThrowUnlessActivating()
    {
        if (CurrentPhase is var phase && phase != Phase.Running)
            throw Unavailable(phase);
    }

    public TimeoutException TimeoutOf(GrainRequest request)
    {
        TimeSpan time = request.Method.ResponseTimeout ?? _responseTimeout;
        return new TimeoutException($"Response did not arrive on time in {time} for {request.Method} of {request.Target?.GrainId}.");
    }

    public long ToTimestamp(TimeSpan time) => (long)(time.Ticks * ((double)Time.TimestampFrequency / TimeSpan.TicksPerSecond));

    /// <summary>The timestamp that is this far away.</summary>
    public long After(TimeSpan time) => Time.GetTimestamp() + ToTimestamp(time);

    // The sender hears of nothing, so a filter's failure is logged.
    private async Task PostFilteredAsync(GrainReference reference, GrainRequest<NoResult> request, CancellationToken cancellationToken)
    {
        GrainMethod method = request.Method;
        try
        {
            await new OutgoingCall<NoResult>(reference, request, s_sent, _outgoingFilters, cancellationToken).RunAsync();
        }
        catch (Exception e)
        {
            Log.OneWayCallFailed(method, reference.GrainId, e);
        }
    }

    private long DeadlineOf(GrainRequest request)
    {
        if (!request.WantsAnswer)
            return long.MaxValue;
        long units = request.Method.ResponseTimeout is { } own ? ToTimestamp(own) : _responseTimeoutUnits;
        return units > 0 ? Time.GetTimestamp() + units : long.MaxValue;
    }

    private static SiloUnavailableException Unavailable(Phase phase) => new(phase switch
    {
        Phase.NotStarted => "The silo has not been started.",
        Phase.Draining => "The silo is stopping and takes no new calls.",
        _ => "The silo has stopped.",
    });
}
