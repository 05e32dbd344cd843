using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gristmill.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gristmill.Grains.Tasks;

/// <summary>
/// Runs durable tasks on the silo's engine: leases them from all partitions, runs each handler once, and reports how it ended. Begins when the silo is
/// active; drains as soon as the process is asked to stop. Safe from any thread.
/// </summary>
internal sealed partial class TaskExecutor : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    // Of the time that the host gives for stopping: what is left then is said to the partitions, which takes a moment too.
    private const double DrainShare = 0.7;
    private const double LeaveShare = 0.2;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestRefusal = TimeSpan.FromDays(1);

    private readonly TaskEngine _engine;
    private readonly ITaskStore _store;
    private readonly IGrainFactory _grains;
    private readonly TaskOptions _options;
    private readonly HostOptions _host;
    private readonly TimeProvider _time;
    private readonly ILogger<TaskExecutor> _logger;
    private readonly IHostApplicationLifetime? _lifetime;
    private readonly ExecutorGate _gate;
    private readonly CancellationTokenSource _draining = new();
    private readonly CancellationTokenSource _stopped = new();

    // By kind.
    private readonly ConcurrentDictionary<string, Refusal> _refused = new(StringComparer.Ordinal);

    private ImmutableArray<PartitionLink> _links = [];
    private ImmutableArray<Task> _leasing = [];
    private Task _heartbeats = Task.CompletedTask;
    private Task? _drain;
    private TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskExecutor(
        TaskEngine engine, ITaskStore store, IGrainFactory grains, ILocalSiloDetails silo, IOptions<TaskOptions> options, IOptions<HostOptions> host,
        TimeProvider time, ILogger<TaskExecutor> logger, IHostApplicationLifetime? lifetime = null)
    {
        _engine = engine;
        _store = store;
        _grains = grains;
        _options = options.Value;
        _host = host.Value;
        _time = time;
        _logger = logger;
        _lifetime = lifetime;
        _gate = new ExecutorGate(Start, static task => task.Link.End(task, GrantEnd.Returned, default, error: null), EndRequests, time);
        Name = ExecutorName.New(silo.SiloAddress.ToParsableString());
        Credit = new ExecutorCredit(engine.Snapshot().Workers.Length, _options.Partitions, _options.MaxPrefetch);
    }

    /// <summary>This executor, in this life of its process.</summary>
    public string Name { get; }

    public ExecutorCredit Credit { get; }

    /// <summary>Nothing more will be answered.</summary>
    public CancellationToken Stopped => _stopped.Token;

    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe(nameof(TaskExecutor), ServiceLifecycleStage.ApplicationServices, PrepareAsync);
        lifecycle.Subscribe(nameof(TaskExecutor), ServiceLifecycleStage.Active, StartAsync, StopAsync);
    }

    /// <summary>Takes a grant, which runs as soon as it may.</summary>
    public void Accept(HeldTask task)
    {
        if (_draining.IsCancellationRequested)
            task.GiveBackUnlessStarted();
        _gate.Enter(task);
    }

    public void Cancel(ImmutableArray<TaskId> ids)
    {
        foreach (TaskId id in ids)
        {
            if (id.Partition < _links.Length)
                _links[id.Partition].Cancel(id);
        }
    }

    /// <summary>The kinds that this silo does not run at present.</summary>
    public ImmutableArray<RefusedKind> RefusedKinds()
    {
        if (_refused.IsEmpty)
            return [];
        foreach (KeyValuePair<string, Refusal> refused in _refused)
        {
            if (LeftOf(refused.Value) <= TimeSpan.Zero)
                _refused.TryRemove(refused);
        }

        return [.. _refused.Select(refused => new RefusedKind(refused.Key, refused.Value.Reason))];
    }

    public ExecutorView Describe() =>
        new(Name, _draining.IsCancellationRequested, _links.Sum(link => link.Held.Count), Credit.Most, RefusedKinds());

    /// <summary>Completes when it makes sense to ask for tasks.</summary>
    public Task Open => _gate.Open;

    /// <summary>The task that runs alone here, or is about to; null when there is none.</summary>
    public TaskId? Alone => _gate.Alone;

    /// <summary>False when no request for tasks may be sent now.</summary>
    public bool TryBeginRequest() => _gate.TryBeginRequest();

    /// <summary>The request is over, and what it brought was accepted.</summary>
    public void EndRequest() => _gate.EndRequest();

    /// <summary>Completions were answered.</summary>
    public void OnAnswered(int count)
    {
        Credit.Return(count);
        for (int i = 0; i < count; i++)
            _gate.Exit();
        Interlocked.Exchange(ref _answered, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    public void Dispose()
    {
        _draining.Dispose();
        _stopped.Dispose();
        _gate.Dispose();
    }

    private async Task PrepareAsync(CancellationToken cancellationToken) =>
        await _store.InitializeAsync(_options.Partitions, cancellationToken);

    private Task StartAsync(CancellationToken cancellationToken)
    {
        if (!_options.Execute)
            return Task.CompletedTask;
        _links =
        [
            .. Enumerable.Range(0, _options.Partitions).Select(
                partition => new PartitionLink(this, _grains.GetGrain<ITaskLeaseGrain>(partition), partition, _time, _logger)),
        ];
        TimeSpan period = TimeSpan.FromSeconds(Math.Min(1, _options.LeasePeriod.TotalSeconds / 5));
        _leasing = [.. _links.Select(link => Task.Run(() => link.LeaseAsync(_draining.Token), CancellationToken.None))];
        _heartbeats = Task.WhenAll(_links.Select(link => Task.Run(() => link.HeartbeatsAsync(period, _stopped.Token), CancellationToken.None)));
        _lifetime?.ApplicationStopping.Register(() => Drain());
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await Drain();
        await _stopped.CancelAsync();
        // As long as the host lets it: a partition that does not answer keeps its loop.
        await Task.WhenAll([_heartbeats, .. _leasing]).WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private void Start(HeldTask task) => _ = RunAsync(task);

    private void EndRequests()
    {
        foreach (PartitionLink link in _links.Where(link => link.IsAsking))
            _ = link.LeaveAsync([]);
    }

    private async Task RunAsync(HeldTask task)
    {
        TaskGrant grant = task.Grant;
        try
        {
            Failpoints.Pass(Failpoints.BeforeEffect);
            TaskRunResult result = await _engine.RunAsync(
                grant.Kind,
                new TaskPayload(grant.Input, grant.Format),
                new TaskRunOptions
                {
                    TaskId = grant.Id,
                    Priority = grant.Priority,
                    Timeout = grant.Timeout,
                    Deadline = grant.Deadline,
                    MaxAttempts = 1,
                    FirstAttempt = grant.Attempt,
                    Epoch = grant.Epoch,
                    Observer = task,
                },
                task.Token);
            Failpoints.Pass(Failpoints.AfterEffect);
            if (task.StartedAt is not 0 and var startedAt)
                Credit.Observe(_time.GetElapsedTime(startedAt));
            // Its handler had begun when the process stopped it, and may go on: it is not given back but left to the next process.
            if (result is { State: TaskState.Cancelled, Attempts: > 0 } && !task.IsCancelled)
                return;
            (GrantEnd end, TaskError? error) = EndOf(task, result);
            task.Link.End(task, end, result.Output, error);
        }
        catch (GristmillException refusal) when (refusal is { IsTransient: true } or UnknownTaskKindException)
        {
            // The engine did not take it: the grant goes back, and for a while the executor asks for no such task.
            TaskError error = refusal.ToError();
            Refuse(grant.Kind, error, refusal is UnknownTaskKindException ? s_longestRefusal : error.RetryAfter ?? TimeSpan.FromMilliseconds(500));
            task.Link.End(task, GrantEnd.Returned, default, error);
        }
        catch (GristmillException refusal)
        {
            // And never will, however often it goes round.
            task.Link.End(task, GrantEnd.FailedForGood, default, refusal.ToError());
        }
        catch (Exception exception)
        {
            LogRunFailed(exception, grant.Id, grant.Kind);
            task.Link.End(task, GrantEnd.Failed, default, TaskError.From(exception));
        }
    }

    private (GrantEnd End, TaskError? Error) EndOf(HeldTask task, TaskRunResult result)
    {
        TaskError? error = result.Error;
        switch (result.State)
        {
            case TaskState.Succeeded:
                return (GrantEnd.Succeeded, null);
            case TaskState.Expired:
                return (GrantEnd.Expired, error);
            case TaskState.Cancelled:
                return (task.IsCancelled ? GrantEnd.Cancelled : GrantEnd.Returned, error);
        }

        if (result.Attempts == 0)
        {
            if (error!.Code == ErrorCodes.CircuitOpen)
                Refuse(task.Grant.Kind, error, error.RetryAfter ?? TimeSpan.FromSeconds(1));
            return (GrantEnd.Returned, error);
        }

        // A handler that gave up by itself, such as at a time-out of its own, has failed like any other.
        if (error!.Code == ErrorCodes.Cancelled)
            return (GrantEnd.Failed, error with { Code = ErrorCodes.HandlerFailed, Message = "The handler gave up: an operation of its own was cancelled." });
        bool mayPass = error.Code == ErrorCodes.HandlerFailed || (error.IsTransient && error.Code != ErrorCodes.Timeout);
        return (mayPass ? GrantEnd.Failed : GrantEnd.FailedForGood, error);
    }

    private void Refuse(string kind, TaskError reason, TimeSpan time)
    {
        var refusal = new Refusal(_time.GetTimestamp(), time, reason.Message);
        _refused.AddOrUpdate(kind, refusal, (_, known) => LeftOf(known) > time ? known : refusal);
    }

    private TimeSpan LeftOf(Refusal refusal) => refusal.Time - _time.GetElapsedTime(refusal.Since);

    private Task Drain()
    {
        lock (_draining)
            return _drain ??= Task.Run(DrainAsync);
    }

    /// <summary>Asks for no more tasks, gives back what has not begun, waits for the rest, and says what it leaves behind.</summary>
    private async Task DrainAsync()
    {
        long start = _time.GetTimestamp();
        TimeSpan most = _host.ShutdownTimeout * DrainShare;
        await _draining.CancelAsync();
        await WithinAsync(most, _links.Select(link => link.LeaveAsync([])));
        while (true)
        {
            Task answered = Volatile.Read(ref _answered).Task;
            HeldTask[] held = [.. _links.SelectMany(link => link.Held)];
            foreach (HeldTask task in held)
                task.GiveBackUnlessStarted();
            TimeSpan left = most - _time.GetElapsedTime(start);
            if ((held.Length == 0 && _leasing.All(loop => loop.IsCompleted)) || left <= TimeSpan.Zero)
                break;
            // A grant may still arrive from a request that was under way: so the wait is short.
            await Task.WhenAny(answered, Task.Delay(left < s_look ? left : s_look, _time));
            // A request may have come to its partition after the word that this executor leaves.
            await WithinAsync(left, _links.Where((_, i) => !_leasing[i].IsCompleted).Select(link => link.LeaveAsync([])));
        }

        await WithinAsync(
            _host.ShutdownTimeout * LeaveShare,
            _links.Where(link => link.Held.Count > 0).Select(link => link.LeaveAsync([.. link.Held.Select(held => held.Describe())])));
        int leftBehind = _links.Sum(link => link.Held.Count);
        if (leftBehind > 0)
            LogLeftBehind(leftBehind, most.TotalSeconds);
    }

    private async Task WithinAsync(TimeSpan time, IEnumerable<Task> words) => await Task.WhenAny(Task.WhenAll(words), Task.Delay(time, _time));

    private sealed record Refusal(long Since, TimeSpan Time, string Reason);

    [LoggerMessage(3115, LogLevel.Error, "Task {Task} of kind {Kind} could not be run.")]
    private partial void LogRunFailed(Exception exception, TaskId task, string kind);

    [LoggerMessage(3116, LogLevel.Warning, "{Count} tasks did not finish within {Seconds} s of stopping; they run again after the restart.")]
    private partial void LogLeftBehind(int count, double seconds);
}
