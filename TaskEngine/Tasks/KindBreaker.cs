using Polly;
using Polly.CircuitBreaker;

namespace Gristmill.Tasks;

/// <summary>
/// Stops running a kind that keeps failing, and tries again with single tasks after a rest. Polly decides; this class tells it the outcomes and
/// asks for its verdict, so that no task runs inside a pipeline. A kind that has not failed lately is not even counted: successes alone
/// cannot open a breaker. Safe from any thread.
/// </summary>
internal sealed class KindBreaker
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _watch;
    private readonly TimeSpan _breakDuration;
    private readonly ResiliencePipeline _pipeline;
    private readonly CircuitBreakerStateProvider _state = new();

    // A timestamp: until then outcomes are counted. Written by whoever sees a failure, read by all.
    private long _watchedUntil = long.MinValue;

    // A timestamp: until then the circuit is open.
    private long _brokenUntil = long.MinValue;

    // One trial at a time while the circuit is not closed.
    private int _trial;

    public KindBreaker(CircuitBreakerOptions options, TimeProvider time)
    {
        _time = time;
        _breakDuration = options.BreakDuration;
        _watch = options.SamplingDuration + options.BreakDuration;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                FailureRatio = options.FailureRatio,
                MinimumThroughput = options.MinimumThroughput,
                SamplingDuration = options.SamplingDuration,
                BreakDuration = options.BreakDuration,
                StateProvider = _state,
            })
            .Build();
    }

    /// <summary>True while a task of the kind would be refused; says when a trial is due.</summary>
    public bool IsOpen(out TimeSpan retryAfter)
    {
        retryAfter = default;
        if (!IsWatching)
            return false;
        long until = Volatile.Read(ref _brokenUntil);
        long now = _time.GetTimestamp();
        if (until <= now)
            return false;
        retryAfter = TimeSpan.FromSeconds((double)(until - now) / _time.TimestampFrequency);
        return true;
    }

    /// <summary>Asks before an attempt. While the circuit is not closed, one attempt at a time is let through once the rest is over.</summary>
    /// <param name="isTrial">True when this attempt is that one: its end must be reported, once.</param>
    public bool TryEnter(out bool isTrial)
    {
        isTrial = false;
        if (!IsWatching || _state.CircuitState == CircuitState.Closed)
            return true;
        if (IsOpen(out _))
            return false;
        isTrial = Interlocked.CompareExchange(ref _trial, 1, 0) == 0;
        return isTrial;
    }

    /// <summary>
    /// Tells how an attempt ended. What says nothing about the kind's health is told to nobody; as a trial it leaves the circuit as it was, and the
    /// place to the next.
    /// </summary>
    public void Report(Exception? failure, bool isTrial)
    {
        try
        {
            if (failure is not null && !Counts(failure, isTrial))
                return;
            if (failure is not null)
                Volatile.Write(ref _watchedUntil, _time.GetTimestamp() + _time.TicksOf(_watch));
            // While the circuit is not closed only the trial decides: what began before says how things were.
            if (isTrial || (IsWatching && _state.CircuitState == CircuitState.Closed))
                Tell(failure, isTrial);
        }
        finally
        {
            if (isTrial)
                Volatile.Write(ref _trial, 0);
        }
    }

    private bool IsWatching => Volatile.Read(ref _watchedUntil) is var until && until != long.MinValue
        && (until > _time.GetTimestamp() || _state.CircuitState != CircuitState.Closed);

    // What the caller got wrong, or took back, says nothing about the kind's health; nor does a budget that other kinds use up.
    private static bool Counts(Exception failure, bool isTrial) => failure switch
    {
        MemoryBudgetException => false,
        TaskDeadlineException => isTrial,
        GristmillException ours => ours.IsTransient,
        OverflowException or OperationCanceledException => false,
        _ => true,
    };

    private void Tell(Exception? failure, bool isTrial)
    {
        bool wasOpen = _state.CircuitState == CircuitState.Open;
        ResilienceContext context = ResilienceContextPool.Shared.Get(CancellationToken.None);
        ValueTask<Outcome<bool>> told = _pipeline.ExecuteOutcomeAsync(
            static (_, failure) => ValueTask.FromResult(failure is null ? Outcome.FromResult(true) : Outcome.FromException<bool>(failure)),
            context,
            failure);
        // Complete as a rule: nothing in the pipeline waits.
        if (told.IsCompletedSuccessfully)
            ResilienceContextPool.Shared.Return(context);
        if (_state.CircuitState == CircuitState.Open && (!wasOpen || (isTrial && failure is not null)))
            Volatile.Write(ref _brokenUntil, _time.GetTimestamp() + _time.TicksOf(_breakDuration));
    }
}
