using System.Collections.Immutable;
using System.Diagnostics;
using Gristmill.Diagnostics;
using Gristmill.Memory;
using Gristmill.Scheduling;
using Gristmill.Tasks;

namespace Gristmill;

/// <summary>
/// Runs tasks on work-stealing workers, in this process. Bounded: what does not fit is refused at once. Safe from any thread, and from
/// handlers, which may run tasks of their own.
/// </summary>
public sealed partial class TaskEngine : IAsyncDisposable
{
    private readonly TaskEngineOptions _options;

    private TaskEngine(TaskEngineBuilder builder)
    {
        builder.Validate();
        _options = builder.Options;
        Time = builder.Time;
        Services = builder.Provider;
        Logger = builder.Log;
        Kinds = new TaskKindRegistry(builder.AddedKinds);
        _decorators = [.. builder.AddedDecorators];
        _attemptMeter = TaskEngineMetrics.NewMeter(_options.Name);
        _gate = new AdmissionGate(_options.QueueCapacity);
        Pool = new WorkerPool(
            new WorkerPoolSettings
            {
                Workers = _options.Workers,
                MinWorkers = _options.MinWorkers,
                MaxStandIns = _options.MaxStandInThreads,
                Lanes = _options.Lanes,
                StealsWork = _options.WorkStealing,
                Name = _options.Name,
                OnTick = StopOverdueTasks,
                OnThreadStart = worker => Memory!.Slabs.EnterHeap(worker),
            },
            Logger);
        _statistics = new TaskStatistics(Pool.MaxThreads);
        _contexts = new WorkerSynchronizationContext[_options.Lanes];
        for (int lane = 0; lane < _contexts.Length; lane++)
            _contexts[lane] = new WorkerSynchronizationContext(Pool, lane);
        Memory = new PayloadMemory(new SlabAllocator(_options.MemoryBudgetBytes, Pool.MaxThreads));
        _memoryHandle = new ResourceHandle<PayloadMemory>(Memory);
        _metrics = _options.Metrics ? new TaskEngineMetrics(this, _memoryHandle.Share()) : null;
        Scheduler = new WorkStealingTaskScheduler(Pool, LaneOf(TaskRunOptions.Default.Priority));
        Pool.Start();
    }

    /// <summary>The kinds that can be run by name.</summary>
    public TaskKindRegistry Kinds { get; }

    /// <summary>Runs <see cref="Task"/>s on the engine's workers.</summary>
    public TaskScheduler Scheduler { get; }

    /// <summary>Makes an engine and starts its workers.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public static TaskEngine Create(Action<TaskEngineBuilder>? configure = null)
    {
        var builder = new TaskEngineBuilder();
        configure?.Invoke(builder);
        return new TaskEngine(builder);
    }

    /// <summary>Runs a task and gives its result. The request needs no registration. Await the result once.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="cancellationToken">
    /// Cancels the task. The call ends at once; a handler that is running is asked to stop, and is waited for by nobody.
    /// </param>
    /// <exception cref="QueueFullException">As many tasks wait as may. Nothing was queued.</exception>
    /// <exception cref="UnavailableException">The engine is stopping or has stopped.</exception>
    /// <exception cref="CircuitOpenException">The kind keeps failing and is given a rest.</exception>
    /// <exception cref="TaskTimeoutException">The handler ran longer than its kind allows.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public ValueTask<TResult> RunAsync<TResult>(TaskRequest<TResult> request, CancellationToken cancellationToken = default) =>
        RunAsync(request, TaskRunOptions.Default, cancellationToken);

    /// <inheritdoc cref="RunAsync{TResult}(TaskRequest{TResult}, CancellationToken)"/>
    /// <exception cref="TaskDeadlineException">The deadline passed first.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public ValueTask<TResult> RunAsync<TResult>(
        TaskRequest<TResult> request, TaskRunOptions options, CancellationToken cancellationToken = default)
    {
        ValueTask<TResult> result = TryRunAsync(request, options, cancellationToken, out GristmillException? refusal);
        return refusal is null ? result : ValueTask.FromException<TResult>(refusal);
    }

    /// <summary>As above; a refusal, where nothing was queued, is told from an exception of the handler.</summary>
    internal ValueTask<TResult> TryRunAsync<TResult>(
        TaskRequest<TResult> request, TaskRunOptions options, CancellationToken cancellationToken, out GristmillException? refusal)
    {
        refusal = null;
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<TResult>(cancellationToken);
        KindState kind = StateOf(request.Kind);
        refusal = (GristmillException?)RefusalOf(kind) ?? TryAdmit();
        if (refusal is not null)
            return default;

        RequestRun<TResult> run;
        try
        {
            run = RequestRun<TResult>.Rent(this, kind, request, options, cancellationToken);
        }
        catch (Exception exception)
        {
            // A clock that throws: nobody else would give the place back.
            TakeBackAdmission();
            return ValueTask.FromException<TResult>(exception);
        }

        ValueTask<TResult> result = run.AsValueTask();
        Enqueue(run);
        return result;
    }

    /// <summary>
    /// Runs a task from encoded input to encoded output. A task that fails, is cancelled or expires is a result too; exceptions mean
    /// that it was not accepted. Await the result once.
    /// </summary>
    /// <param name="kind">The name of a registered kind.</param>
    /// <param name="input">The input; copied, into native memory, before the call returns.</param>
    /// <param name="options">How to run it.</param>
    /// <param name="cancellationToken">Cancels the task.</param>
    /// <exception cref="UnknownTaskKindException">No kind has the name; the exception names the nearest.</exception>
    /// <exception cref="QueueFullException">As many tasks wait as may. Nothing was queued.</exception>
    /// <exception cref="MemoryBudgetException">The memory budget has no room for the input now, or never could.</exception>
    /// <exception cref="CircuitOpenException">The kind keeps failing and is given a rest.</exception>
    /// <exception cref="UnavailableException">The engine is stopping or has stopped.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public ValueTask<TaskRunResult> RunAsync(
        string kind, TaskPayload input, TaskRunOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (!Kinds.TryGet(kind, out TaskKind? registered))
            return ValueTask.FromException<TaskRunResult>(new UnknownTaskKindException(kind, Kinds.Nearest(kind)));

        KindState state = StateOf(registered);
        if (((GristmillException?)RefusalOf(state) ?? TryAdmit()) is { } refusal)
            return ValueTask.FromException<TaskRunResult>(refusal);

        PayloadBuffer? copy = null;
        EncodedRun run;
        try
        {
            copy = Memory.Rent(input.Bytes.Length, state.Name);
            input.Bytes.Span.CopyTo(copy.GetSpan());
            run = EncodedRun.Rent(this, state, copy, input, options, cancellationToken);
        }
        catch (Exception exception)
        {
            // No room in the budget or no memory at all, an input that is gone, a clock that throws: nobody else would give the place back.
            copy?.Release();
            TakeBackAdmission();
            return ValueTask.FromException<TaskRunResult>(exception);
        }

        ValueTask<TaskRunResult> result = run.AsValueTask();
        Enqueue(run);
        return result;
    }

    /// <summary>Queues a work item: the cheapest way to use the workers. Runs exactly once; nobody waits for it.</summary>
    /// <exception cref="UnavailableException">The engine has stopped.</exception>
    public void Submit(WorkItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        Pool.Submit(item);
    }

    /// <summary>
    /// Says that the caller is about to block its thread. On a worker another thread takes its place until the scope is disposed.
    /// </summary>
    public static BlockingScope Blocking() => new(Worker.Current);

    /// <summary>Reads all counters without stopping a worker.</summary>
    public EngineSnapshot Snapshot()
    {
        SlabFigures slabs = Memory.Slabs.ReadFigures();
        ImmutableArray<WorkerFigures> workers = SnapshotReader.ReadWorkers(Pool, _statistics, slabs.HeapBytes);
        return new EngineSnapshot(
            _options.Name,
            _stage switch { Stage.Running => "running", Stage.Stopping => "draining", _ => "stopped" },
            ReadTaskFigures(),
            ReadMemoryFigures(slabs),
            SnapshotReader.Sum(Pool, workers),
            SnapshotReader.ReadLanes(Pool),
            workers);
    }

    /// <summary>
    /// Stops the engine; callable again, and then waits for the same end. New tasks are refused from here on. A cancelled wait leaves
    /// the engine draining: call again to go on or to cancel.
    /// </summary>
    /// <remarks>
    /// <see cref="EngineStop.Cancel"/> takes <see cref="TaskEngineOptions.StopTimeout"/> at most, however many handlers do not return.
    /// <see cref="EngineStop.Drain"/> takes as long as the tasks do, attempts to come included; only
    /// <paramref name="cancellationToken"/> bounds it. So a handler must not wait for its own engine to drain.
    /// </remarks>
    /// <exception cref="InvalidOperationException">
    /// A handler asked its own engine to drain: each would wait for the other. This is noticed on the engine's context only, not behind
    /// <c>ConfigureAwait(false)</c>, where such a drain waits until its token or the handler's time-out ends it.
    /// </exception>
    public async ValueTask StopAsync(EngineStop mode, CancellationToken cancellationToken = default)
    {
        if (_stage == Stage.Stopped)
            return;
        if (mode == EngineStop.Drain && SynchronizationContext.Current is WorkerSynchronizationContext context && _contexts.Contains(context))
            throw new InvalidOperationException("A handler cannot drain the engine that runs it: the drain would wait for the handler. Cancel instead.");
        _stage = Stage.Stopping;
        // Between the stage and the count: an admission does it the other way round.
        HardwareFence.Full();
        if (mode == EngineStop.Cancel)
            CancelEverything();
        SignalIfDrained();
        long began = Stopwatch.GetTimestamp();
        try
        {
            await _drained.Task.WaitAsync(mode == EngineStop.Cancel ? _options.StopTimeout : Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // No thread is left to end them. What can be reached ends when the pool closes.
            LogTasksLeft(Logger, _options.Name, _inFlight.Read(), _options.StopTimeout.TotalSeconds);
        }

        TimeSpan spent = mode == EngineStop.Cancel ? Stopwatch.GetElapsedTime(began) : TimeSpan.Zero;
        TimeSpan limit = spent < _options.StopTimeout ? _options.StopTimeout - spent : TimeSpan.Zero;
        // Joining threads blocks, and the caller may be on one of them.
        await Task.Run(() => ClosePool(limit), CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops with <see cref="EngineStop.Cancel"/>. To let tasks finish, call <see cref="StopAsync"/> first.</summary>
    public ValueTask DisposeAsync() => StopAsync(EngineStop.Cancel, CancellationToken.None);
}
