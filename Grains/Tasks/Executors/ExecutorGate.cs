namespace Gristmill.Grains.Tasks;

/// <summary>
/// Says which grants may run now: any number beside each other, but a task under which an executor was lost runs alone, so that it takes no bystander
/// along if it is what kills the process. Such a task waits until nothing runs, and what comes after it waits for it. Safe from any thread.
/// </summary>
internal sealed class ExecutorGate(Action<HeldTask> start)
{
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly Queue<HeldTask> _waiting = [];
    private int _running;
    private bool _isAlone;

    /// <summary>Starts the task now or later.</summary>
    public void Enter(HeldTask task)
    {
        lock (_gate)
        {
            if (_waiting.Count > 0 || !TryTake(task))
            {
                _waiting.Enqueue(task);
                return;
            }
        }

        start(task);
    }

    /// <summary>A task that was started has ended.</summary>
    public void Exit()
    {
        lock (_gate)
        {
            _running--;
            if (_running == 0)
                _isAlone = false;
            if (_waiting.Count == 0)
                return;
        }

        while (Next() is { } task)
            start(task);
    }

    private HeldTask? Next()
    {
        lock (_gate)
            return _waiting.TryPeek(out HeldTask? task) && TryTake(task) ? _waiting.Dequeue() : null;
    }

    private bool TryTake(HeldTask task)
    {
        if (_isAlone || (task.Grant.Alone && _running > 0))
            return false;
        _running++;
        _isAlone = task.Grant.Alone;
        return true;
    }
}
