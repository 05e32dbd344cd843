using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Gristmill.Diagnostics;
using Gristmill.Memory;
using Gristmill.Scheduling;
using Gristmill.Tasks;
using Microsoft.Extensions.Logging;

namespace Gristmill;

// The inside of the engine: what runs tell it, and what it does to them.
public sealed partial class TaskEngine
{
    private readonly AdmissionGate _gate;
    private readonly TaskStatistics _statistics;
    private readonly WorkerSynchronizationContext[] _contexts;
    private readonly ConcurrentDictionary<TaskKind, KindState> _kindStates = new();

    // By name: several kind objects may have one.
    private readonly ConcurrentDictionary<string, (KindLimiter? Limiter, KindBreaker? Breaker)> _policies = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ResourceHandle<PayloadMemory> _memoryHandle;
    private readonly TaskEngineMetrics? _metrics;
    private readonly IReadOnlyList<TaskDecorators> _decorators;
    private readonly Meter _attemptMeter;
    private readonly Lock _closing = new();
    private readonly List<(TaskRun Run, long Claim)> _due = [];
    private PaddedCounter _inFlight;
    private PaddedCounter _abandoned;
    private PaddedCounter _retries;
    private volatile Stage _stage;
    private volatile bool _isCancelling;

    private enum Stage
    {
        Running,
        Stopping,
        Stopped,
    }

    internal WorkerPool Pool { get; }

    internal TimeProvider Time { get; }

    internal IServiceProvider Services { get; }

    internal ILogger Logger { get; }

    internal PayloadMemory Memory { get; }

    /// <summary>What decorators count with.</summary>
    internal Meter Meter => _attemptMeter;

    internal RunRegistry Registry { get; } = new();

    internal bool IsCancelling => _isCancelling;

    internal int LaneOf(int priority) => (9 - priority) * _options.Lanes / 10;

    internal SynchronizationContext ContextOf(int lane) => _contexts[lane];

    internal long TimestampOf(DateTimeOffset moment)
    {
        TimeSpan left = moment - Time.GetUtcNow();
        return left > TimeSpan.FromDays(3650) ? WorkItem.NoDeadline : Time.GetTimestamp() + Time.TicksOf(left);
    }

    internal void OnLeftQueue() => _gate.Leave();

    internal void OnStarted(TaskRun run)
    {
        if (run.Attempts != 1)
            return;
        long wait = NanosecondsBetween(run.AdmittedAt, run.StartedAt);
        _statistics.CountStart(Pool.CurrentWorker, wait);
        _metrics?.TaskStarted(run.Kind, wait);
    }

    internal void OnSuspended(TaskRun run)
    {
        Registry.Add(run);
        Pool.RouseMonitor();
    }

    internal void OnAttemptEnded(TaskRun run)
    {
        long time = NanosecondsBetween(run.StartedAt, Time.GetTimestamp());
        _statistics.CountAttempt(Pool.CurrentWorker, time);
        _metrics?.AttemptEnded(run.Kind, time);
    }

    internal void OnOutcome(TaskRun run, TaskState state)
    {
        _statistics.CountOutcome(Pool.CurrentWorker, state);
        _inFlight.Decrement();
        if (_stage != Stage.Running)
            SignalIfDrained();
    }

    internal void OnAbandonedReturn(TaskRun run)
    {
        if (run.Attempts > 0)
            _abandoned.Increment();
    }

    internal bool ShouldRetry(TaskRun run, Exception exception, out TimeSpan delay)
    {
        delay = default;
        int most = run.Options.MaxAttempts ?? run.Kind.MaxAttempts;
        if (exception is not GristmillException { IsTransient: true } ours || run.Attempts >= most || _isCancelling)
            return false;

        delay = Backoff.After(run.Attempts, _options.RetryDelay, _options.MaxRetryDelay);
        if (ours.ToError().RetryAfter is { } asked && asked > delay)
            delay = asked < _options.MaxRetryDelay ? asked : _options.MaxRetryDelay;
        return true;
    }

    internal void RetryLater(TaskRun run, TimeSpan delay)
    {
        _retries.Increment();
        run.AwaitRetry(delay);
    }

    /// <summary>A listener, callback or clock threw while the engine served a task. The task ends all the same.</summary>
    internal void ReportPolicyFailure(Exception exception) => Pool.ReportUnhandled(exception);

    /// <summary>Ends the tasks that are over their time. True while there may be more to watch. On the monitor's thread.</summary>
    private bool StopOverdueTasks()
    {
        long now = Time.GetTimestamp();
        CollectDue(now);
        foreach ((TaskRun run, long claim) in _due)
        {
            try
            {
                run.StopOverdue(claim, now);
            }
            catch (Exception exception)
            {
                ReportPolicyFailure(exception);
            }
        }

        _due.Clear();
        return Registry.Count > 0;
    }

    private void CollectDue(long now)
    {
        Registry.CollectDue(now, _due);
        for (int i = 0; i < Pool.SlotCount; i++)
        {
            if (Pool.WorkerAt(i)?.RunningTask is not { } run)
                continue;
            // The claim first: were the object to serve another task by then, the claim would no longer fit.
            long claim = run.Claim;
            if (run.DueAt <= now)
                _due.Add((run, claim));
        }
    }

    private GristmillException? TryAdmit()
    {
        if (_stage != Stage.Running)
            return new UnavailableException("The engine is stopping and takes no new tasks.");
        if (!_gate.TryEnter())
            return new QueueFullException(_gate.Capacity, RetryAfter());

        // A full barrier: the count before the stage, and StopAsync the other way round.
        _inFlight.Increment();
        if (_stage == Stage.Running)
            return null;
        TakeBackAdmission();
        return new UnavailableException("The engine is stopping and takes no new tasks.");
    }

    private void TakeBackAdmission()
    {
        _inFlight.Decrement();
        _gate.Leave();
        SignalIfDrained();
    }

    // About the time until a tenth of the queue is done, judged by what waiting took lately.
    private TimeSpan RetryAfter()
    {
        TimeSpan wait = LatencyHistogram.Quantile(_statistics.WaitTimes(), 0.5) / 10;
        return wait < TimeSpan.FromMilliseconds(10) ? TimeSpan.FromMilliseconds(10)
            : wait > TimeSpan.FromSeconds(30) ? TimeSpan.FromSeconds(30)
            : wait;
    }

    private void Enqueue(TaskRun run)
    {
        if (run.Deadline != WorkItem.NoDeadline)
            OnSuspended(run);
        Pool.Post(run);
    }

    private KindState StateOf(TaskKind kind) =>
        _kindStates.TryGetValue(kind, out KindState? state)
            ? state
            : _kindStates.GetOrAdd(kind, static (kind, engine) => engine.NewState(kind), this);

    private KindState NewState(TaskKind kind)
    {
        TimeSpan timeout = TaskKindRegistry.CheckTimeout(kind);
        (KindLimiter? limiter, KindBreaker? breaker) = _policies.GetOrAdd(kind.Name, static (name, engine) => engine.NewPolicies(name), this);
        return new KindState(kind, timeout, Time.TicksOf(timeout), limiter, breaker, DecoratorsOf(kind));
    }

    private (KindLimiter? Limiter, KindBreaker? Breaker) NewPolicies(string kind) => (
        _options.ConcurrencyLimits.TryGetValue(kind, out int limit) ? new KindLimiter(limit) : null,
        _options.CircuitBreaker.Enabled ? new KindBreaker(_options.CircuitBreaker, Time) : null);

    private DecoratorChain? DecoratorsOf(TaskKind kind)
    {
        ITaskDecorator[] fitting = [.. _decorators.Where(decorators => decorators.Fits(kind.Name)).SelectMany(decorators => decorators.Make(this))];
        return fitting.Length == 0 ? null : new DecoratorChain(kind, fitting);
    }

    private static CircuitOpenException? RefusalOf(KindState kind) =>
        kind.Breaker is { } breaker && breaker.IsOpen(out TimeSpan retryAfter) ? new CircuitOpenException(kind.Name, retryAfter) : null;

    private long NanosecondsBetween(long start, long end) => (long)((end - start) * (1e9 / Time.TimestampFrequency));

    internal TaskStatistics Statistics => _statistics;

    internal int WaitingTasks => _gate.Waiting;

    internal long InFlightTasks => _inFlight.Read();

    private MemoryFigures ReadMemoryFigures(SlabFigures slabs) => new(
        Memory.Slabs.BudgetBytes,
        Memory.Slabs.ReservedBytes,
        Memory.Slabs.LargeBytes,
        Memory.Slabs.FreePageBytes,
        Memory.Live,
        Memory.Slabs.Refusals,
        slabs.Classes,
        [.. Memory.LiveByKind()]);

    private TaskFigures ReadTaskFigures() => new(
        _gate.Waiting,
        _gate.Capacity,
        _inFlight.Read(),
        Registry.Count,
        _statistics.Outcomes(TaskState.Succeeded),
        _statistics.Outcomes(TaskState.Failed),
        _statistics.Outcomes(TaskState.Cancelled),
        _statistics.Outcomes(TaskState.Expired),
        _abandoned.Read(),
        _retries.Read(),
        LatencyHistogram.QuantilesOf(_statistics.WaitTimes()),
        LatencyHistogram.QuantilesOf(_statistics.RunTimes()));

    private void SignalIfDrained()
    {
        if (_stage != Stage.Running && _inFlight.Read() == 0)
            _drained.TrySetResult();
    }

    // All are found where they are. What is missed, because it is on its way from one queue to another, sees the flag when a worker takes it.
    private void CancelEverything()
    {
        _isCancelling = true;
        // The workers, which have no fence of their own, show a run and then read the flag.
        HardwareFence.ProcessWide();
        var runs = new List<(TaskRun Run, long Claim)>();
        // Workers first: a run enters the registry before it leaves its worker.
        for (int i = 0; i < Pool.SlotCount; i++)
        {
            if (Pool.WorkerAt(i)?.RunningTask is { } run)
                runs.Add((run, run.Claim));
        }

        Registry.CollectDue(WorkItem.NoDeadline, runs);
        foreach ((TaskRun run, long claim) in runs)
            run.StopWithEngine(claim);
        foreach (WorkItem item in Pool.TakeQueued())
        {
            // A run looks at the flag and ends.
            if (item is TaskRun queued)
                queued.Execute();
            else
                Pool.Post(item);
        }
    }

    // A handler that is still running holds its payloads with right.
    private void ReportLeaks()
    {
        foreach (MemoryUse use in Memory.LiveByKind())
            LogLeak(Logger, _options.Name, use.Kind, use.Buffers, use.Bytes);
    }

    [LoggerMessage(1010, LogLevel.Warning, "Engine {Engine} stopped while tasks of kind {Kind} held {Buffers} payload buffers of {Bytes} bytes.")]
    private static partial void LogLeak(ILogger logger, string engine, string kind, long buffers, long bytes);

    [LoggerMessage(1012, LogLevel.Warning, "Engine {Engine} was told to cancel, but {Tasks} tasks had not ended after {Seconds} s: no worker is free to end them.")]
    private static partial void LogTasksLeft(ILogger logger, string engine, long tasks, double seconds);

    private void ClosePool(TimeSpan limit)
    {
        lock (_closing)
        {
            if (_stage == Stage.Stopped)
                return;
            Pool.Stop(limit);
            ReportLeaks();
            _metrics?.Dispose();
            _attemptMeter.Dispose();
            _memoryHandle.Dispose();
            _stage = Stage.Stopped;
            // For a drain that a cancellation overtook without having ended every task.
            _drained.TrySetResult();
        }
    }
}
