using Gristmill.Scheduling;

namespace Gristmill.Tasks;

/// <summary>
/// One task on its way through the engine: the work item, the state of its attempts, and the face to its handler. Pooled: an object
/// serves one task after another.
/// </summary>
/// <remarks>
/// Two things end a run, and each happens once. The <em>outcome</em> is claimed by whoever decides it first: the handler's return, or
/// a cancellation, time-out or deadline. The <em>return</em> of the handler may come later than the outcome, since running code cannot
/// be aborted. A claim names the version it is for, so a monitor or timer that is late cannot hit the object's next task.
/// </remarks>
internal abstract partial class TaskRun : WorkItem
{
    private const int Returned = 1;
    private const int Consumed = 2;

    // version << 1 | claimed. Changed by compare-and-swap; the version by the owner while the run is in nobody else's hands.
    private long _claim;

    // Returned | Consumed: whoever sets the second one recycles the run.
    private int _ends;

    private CancellationTokenSource? _cancellation;
    private int _stopRequested;
    private CancellationTokenRegistration _callerRegistration;
    private TaskId _id;
    private bool _hasId;

    // Set when a callback of the caller's token may be running: it holds the object without a version.
    private bool _isPinned;

    private bool _isAdmitted;

    // 1 while the run holds its kind's place for a trial: whoever takes it away reports the trial.
    private int _isTrial;

    // Its time-out was told to the breaker: what the handler does later is not.
    private bool _isTimeoutReported;

    // In the registry: its links, guarded by its lock.
    internal TaskRun? RegistryNext;
    internal TaskRun? RegistryPrevious;
    internal bool IsRegistered;

    // Where it waits for its kind's limiter; guarded by the limiter's lock.
    internal LinkedListNode<TaskRun>? LimiterNode;

    protected TaskRun() => Context = new RunContext(this);

    public TaskEngine Engine { get; private set; } = null!;

    public KindState Kind { get; private set; } = null!;

    public TaskRunOptions Options { get; private set; } = TaskRunOptions.Default;

    public RunContext Context { get; }

    /// <summary>Attempts begun. Written by the worker that begins one.</summary>
    public int Attempts { get; private set; }

    public long AdmittedAt { get; private set; }

    public long StartedAt { get; private set; }

    /// <summary>The timestamp of the first attempt's start; 0 when none began.</summary>
    public long FirstStartedAt { get; private set; }

    /// <summary>When the running attempt is over its time, as a timestamp. Written by the worker, read by the monitor.</summary>
    public long DueAt { get; private set; }

    public long Claim => Volatile.Read(ref _claim);

    /// <summary>True when the run counts for its kind's limiter. Set by the limiter.</summary>
    public bool HasPermit { get; set; }

    public bool IsClaimed => (Claim & 1) != 0;

    protected short Version => (short)(_claim >> 1);

    public TaskId Id
    {
        get
        {
            lock (Context)
            {
                if (!_hasId)
                {
                    _id = Options.TaskId ?? TaskId.New(0, Engine.Time);
                    _hasId = true;
                }

                return _id;
            }
        }
    }

    /// <summary>Made when a handler first asks for it: most never do.</summary>
    public CancellationToken Token
    {
        get
        {
            CancellationTokenSource? source = Volatile.Read(ref _cancellation);
            if (source is null)
            {
                var made = new CancellationTokenSource();
                source = Interlocked.CompareExchange(ref _cancellation, made, null) ?? made;
                if (source != made)
                    made.Dispose();
            }

            // The requester sets the flag and then reads the source; here it is the other way round.
            if (Volatile.Read(ref _stopRequested) != 0)
                source.Cancel();
            return source.Token;
        }
    }

    /// <summary>Takes the run out of the pool's hands and makes it ready to be queued.</summary>
    protected void Begin(TaskEngine engine, KindState kind, TaskRunOptions options)
    {
        Engine = engine;
        Kind = kind;
        Options = options;
        Lane = engine.LaneOf(options.Priority);
        AdmittedAt = engine.Time.GetTimestamp();
        Deadline = options.Deadline is { } deadline ? engine.TimestampOf(deadline) : NoDeadline;
        DueAt = Deadline;
        _isAdmitted = true;
    }

    /// <summary>Ties the run to its caller's token. Before it is queued.</summary>
    protected void WatchCaller(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            _callerRegistration = cancellationToken.UnsafeRegister(
                static (run, token) => ((TaskRun)run!).StopByCaller(token), this);
        }
    }

    private void StopByCaller(CancellationToken token) => TryStop(Claim, TaskState.Cancelled, new OperationCanceledException(token));

    protected internal sealed override void Execute()
    {
        long claim = Claim;
        try
        {
            BeginAttempt();
        }
        catch (Exception exception)
        {
            OnPolicyFailed(claim, exception);
        }
    }

    private void BeginAttempt()
    {
        // A limiter that has no place keeps the run, which may be on another thread at once.
        if (!IsClaimed && !HasPermit && Kind.Limiter is { } limiter && !limiter.TryEnter(this))
            return;

        if (IsClaimed)
        {
            OnReturned();
            return;
        }

        long now = Engine.Time.GetTimestamp();
        if (now >= Deadline)
        {
            StopAtDeadline(Claim);
            OnReturned();
            return;
        }

        if (Engine.IsCancelling)
        {
            StopWithEngine(Claim);
            OnReturned();
            return;
        }

        if (Kind.Breaker is { } breaker && !TryEnter(breaker))
        {
            OnReturned();
            return;
        }

        LeaveGate();
        Attempts++;
        StartedAt = now;
        if (FirstStartedAt == 0)
            FirstStartedAt = now;
        DueAt = Math.Min(Deadline, Timestamps.Later(now, Options.Timeout is { } timeout ? Engine.Time.TicksOf(timeout) : Kind.TimeoutTicks));
        Engine.OnStarted(this);
        Options.Observer?.OnStarted();
        // The thread may be another pool's, or none: what was queued when the workers left is run elsewhere.
        Worker? worker = Worker.Current;
        // A worker that waits for a join runs other tasks on top of the one that waits. That one stays in the registry until it ends.
        TaskRun? outer = worker?.RunningTask;
        outer?.Engine.OnSuspended(outer);
        SynchronizationContext? outerContext = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(Engine.ContextOf(Lane));
        worker?.RunningTask = this;
        try
        {
            // Behind the line that shows the run to a stop, and a stop looks behind its flag: one of the two sees the other.
            if (Engine.IsCancelling)
                StopWithEngine(Claim);
            InvokeHandler();
        }
        finally
        {
            worker?.RunningTask = outer;
            SynchronizationContext.SetSynchronizationContext(outerContext);
        }
    }

    private void LeaveGate()
    {
        if (!_isAdmitted)
            return;
        _isAdmitted = false;
        Engine.OnLeftQueue();
    }

    private void LeaveLimiter()
    {
        if (!HasPermit)
            return;
        HasPermit = false;
        if (Kind.Limiter!.Exit() is { } next)
            Engine.Pool.Post(next);
    }

    /// <summary>After each attempt, however it ended.</summary>
    private void EndAttempt(Exception? failure)
    {
        Engine.OnAttemptEnded(this);
        if (Kind.Breaker is { } breaker && !Volatile.Read(ref _isTimeoutReported))
            breaker.Report(failure, TakeTrial());
        LeaveLimiter();
    }

    /// <summary>The handler will not touch the run any more: gives back what was held for it.</summary>
    protected virtual void ReleasePayloads()
    {
    }

    /// <summary>Runs the handler. Ends with one of the <c>OnAttempt…</c> methods, now or later.</summary>
    protected abstract void InvokeHandler();

    /// <summary>Puts the outcome in place for the awaiter. The claim is held.</summary>
    protected abstract void SetFailure(TaskState state, Exception exception);

    protected abstract void CompleteAwaiter();

    /// <summary>Returns the object to its pool, or drops it.</summary>
    protected abstract void Recycle();

    protected bool TryClaim(long claim) => (claim & 1) == 0 && Interlocked.CompareExchange(ref _claim, claim | 1, claim) == claim;

    /// <summary>The handler returned a result: true when it counts, and the claim is held.</summary>
    protected bool OnAttemptReturned()
    {
        EndAttempt(null);
        if (TryClaim(Claim))
            return true;
        OnReturned();
        return false;
    }

    /// <summary>After the handler returned and the outcome, which is in place, is the handler's.</summary>
    protected void PublishOwnOutcome(TaskState state)
    {
        Engine.OnOutcome(this, state);
        Detach();
        // A plain write: the awaiter, who sets the other bit, does not know yet.
        _ends = Returned;
        CompleteAwaiter();
    }

    /// <summary>Queues the run again when <paramref name="delay"/> is over.</summary>
    internal void AwaitRetry(TimeSpan delay)
    {
        DueAt = Deadline;
        Engine.OnSuspended(this);
        // The timer's state is a fresh object: the timer of an earlier task must not queue this one.
        _ = new RetryTimer(this, delay);
    }

    protected void OnAttemptFailed(Exception exception)
    {
        EndAttempt(exception);
        if (!IsClaimed && Engine.ShouldRetry(this, exception, out TimeSpan delay))
        {
            Engine.RetryLater(this, delay);
            return;
        }

        if (!TryClaim(Claim))
        {
            OnReturned();
            return;
        }

        SetFailure(TaskState.Failed, exception);
        PublishOwnOutcome(TaskState.Failed);
    }

    /// <summary>Ends the run with an outcome that is not the handler's. False when it has one, or is the next task already.</summary>
    /// <param name="claim">What <see cref="Claim"/> was when the caller looked at the run.</param>
    /// <param name="state">The terminal state.</param>
    /// <param name="exception">What the awaiter gets.</param>
    public bool TryStop(long claim, TaskState state, Exception exception)
    {
        if (!TryClaim(claim))
            return false;

        SetFailure(state, exception);
        Engine.OnOutcome(this, state);
        ReportStop(exception);
        // A run that was stopped is never reused, so from here on nothing can be mistaken for another task's.
        Interlocked.Exchange(ref _stopRequested, 1);
        CancellationTokenSource? source = Volatile.Read(ref _cancellation);
        CompleteAwaiter();
        if (source is not null)
            AskToStop(source);
        // It would wait for its turn only to end, and hold its place among the waiting until then.
        if (Kind.Limiter is { } limiter && limiter.TryTakeBack(this))
            OnReturned();
        return true;
    }

    /// <summary>Ends a run whose time is over.</summary>
    public bool StopOverdue(long claim, long now) => now >= Deadline ? StopAtDeadline(claim) : StopWithTimeout(claim);

    public bool StopWithTimeout(long claim) =>
        TryStop(claim, TaskState.Failed, new TaskTimeoutException(Options.Timeout ?? Kind.Timeout));

    public bool StopAtDeadline(long claim) =>
        TryStop(claim, TaskState.Expired, new TaskDeadlineException(Options.Deadline ?? DateTimeOffset.MaxValue));

    public bool StopWithEngine(long claim) =>
        TryStop(claim, TaskState.Cancelled, new UnavailableException("The engine was stopped before the task finished."));

    /// <summary>The handler is done with the run (or will never see it) and the outcome is somebody else's.</summary>
    protected void OnReturned()
    {
        Engine.OnAbandonedReturn(this);
        Detach();
        Interlocked.Or(ref _ends, Returned);
    }

    /// <summary>The awaiter has its result.</summary>
    protected void OnConsumed()
    {
        if (Interlocked.Or(ref _ends, Consumed) == Returned && Volatile.Read(ref _stopRequested) == 0)
            Recycle();
    }

    /// <summary>Makes the object ready for its next task. False when something may still hold on to it.</summary>
    protected bool TryReset()
    {
        if (_isPinned)
            return false;
        if (_cancellation is { } source && !source.TryReset())
        {
            source.Dispose();
            _cancellation = null;
        }

        // Before the version: who sees the new one must not see the old task's time.
        DueAt = NoDeadline;
        Interlocked.Exchange(ref _claim, ((_claim >> 1) + 1) << 1);
        _ends = 0;
        _hasId = false;
        Attempts = 0;
        FirstStartedAt = 0;
        Options = TaskRunOptions.Default;
        Context.Reset();
        return true;
    }

    private void Detach()
    {
        LeaveGate();
        LeaveLimiter();
        ReleasePayloads();
        if (IsRegistered)
            Engine.Registry.Remove(this);
        if (_callerRegistration != default)
        {
            _isPinned |= !_callerRegistration.Unregister();
            _callerRegistration = default;
        }
    }
}
