using Orleans.CodeGeneration;

namespace Orleans.Runtime;

// Turns. Work comes as tasks (continuations of the grain's awaits) and as pumps (look which requests may start). It runs first
// come, first served on the thread pool, on one thread at a time: whoever turns _scheduled on queues the activation, and only
// Execute turns it off, in the same step in which it finds no work.
internal sealed partial class Activation
{
    // A grain's share of its thread. After that the activation goes to the end of the pool's queue, so that a busy grain leaves
    // room for others. Less than what the watch over long turns takes for one.
    private const long QuantumMs = 25;

    private static readonly Action<object?> s_pump = static activation => ((Activation)activation!).Pump();

    // Guarded by the gate. A null in _work stands for a pump. _pumpFirst is a pump ahead of _work, which saves the queue for
    // grains that never await.
    private Queue<Task?>? _work;
    private bool _scheduled;
    private bool _pumpQueued;
    private bool _pumpFirst;

    // Guarded by the gate; on while a pump runs that has not yet found nothing to do.
    private bool _pumping;

    // The pump that Execute is about to run. Written by Execute only.
    private object? _pump;

    public override int MaximumConcurrencyLevel => 1;

    public void QueueAction(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this);

    void IWorkItemScheduler.QueueTask(Task task) => task.Start(this);

    void IThreadPoolWorkItem.Execute()
    {
        TurnSlot slot = TurnWatch.Slot;
        long now = Environment.TickCount64;
        long yieldAt = now + QuantumMs;
        do
        {
            Task? next;
            lock (_gate)
            {
                if (_pumpFirst)
                {
                    _pumpFirst = false;
                    next = null;
                }
                else if (_work is null || !_work.TryDequeue(out next))
                {
                    _scheduled = false;
                    slot.End();
                    return;
                }
            }

            slot.Begin(this, now);
            TryExecuteTask(next ?? NewPump());
            now = Environment.TickCount64;
        }
        while (now < yieldAt);

        slot.End();
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    // Only a task of this scheduler makes TaskScheduler.Current, and with it the grain's awaits, point here.
    private Task NewPump()
    {
        Task pump = new(s_pump, this, TaskCreationOptions.DenyChildAttach);
        _pump = pump;
        pump.Start(this);
        _pump = null;
        return pump;
    }

    protected override void QueueTask(Task task)
    {
        // Start brings the pump here, and Execute runs it right after. Other threads bring other tasks.
        if (ReferenceEquals(task, _pump))
            return;

        bool schedule;
        lock (_gate)
        {
            (_work ??= new Queue<Task?>()).Enqueue(task);
            schedule = !_scheduled;
            _scheduled = true;
        }

        if (schedule)
            Schedule();
    }

    // Inlining is right only for work that this very turn has just made.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && ReferenceEquals(Current, this) && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_gate)
            return _work?.OfType<Task>().ToArray() ?? [];
    }

    private void Schedule() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);

    /// <summary>
    /// Under the gate: sees to it that a pump runs. True when the caller must then call <see cref="Schedule"/>, outside the gate.
    /// </summary>
    private bool RequestPump()
    {
        if (_pumpQueued || _pumping)
            return false;

        _pumpQueued = true;
        if (_work is { Count: > 0 })
            _work.Enqueue(null);
        else
            _pumpFirst = true;

        bool schedule = !_scheduled;
        _scheduled = true;
        return schedule;
    }

    // Starts requests until none may start. Runs as a turn.
    private void Pump()
    {
        lock (_gate)
        {
            _pumpQueued = false;
            _pumping = true;
        }

        long yieldAt = Environment.TickCount64 + QuantumMs;
        ExecutionContext? clean = ExecutionContext.Capture();
        while (Step())
        {
            // What a call has set in its execution context is not for the next one.
            if (clean is not null && !ReferenceEquals(ExecutionContext.Capture(), clean))
                ExecutionContext.Restore(clean);

            // Tasks that wait behind this pump get their turn.
            if (Environment.TickCount64 >= yieldAt)
            {
                lock (_gate)
                {
                    _pumping = false;
                    RequestPump();
                }

                return;
            }
        }
    }

    // One step of a pump. False when there is nothing to start; then _pumping is off, in the same step, so that no request is
    // overlooked.
    private bool Step()
    {
        GrainRequest? request;
        lock (_gate)
        {
            request = _state is ActivationState.Valid or ActivationState.Deactivating ? TakeNext() : null;
            if (request is null && !MayChangeState())
            {
                _pumping = false;
                return false;
            }
        }

        if (request is not null)
            Begin(request);
        else
            ChangeState();
        return true;
    }
}
