namespace Gristmill.Grains.Tasks;

/// <summary>
/// Says which grants may run: any number beside each other, but a task under which an executor was lost runs alone, so that it takes no bystander
/// along if it is what kills the process. Alone means that the executor holds nothing else: a task that only waits for its turn would count the
/// crash as well. So such a task starts when every other grant's end is answered, and what comes after it goes back. Safe from any thread.
/// </summary>
/// <param name="start">Runs a task.</param>
/// <param name="giveBack">Returns one that was not begun.</param>
internal sealed class ExecutorGate(Action<HeldTask> start, Action<HeldTask> giveBack)
{
    private readonly Lock _gate = new();

    // Guarded by _gate. Entered counts the grants whose end is not answered yet, also those that go back.
    private int _entered;
    private HeldTask? _alone;
    private bool _isAloneStarted;
    private TaskCompletionSource _open = Opened();

    /// <summary>Completes when no task runs alone, or is about to: until then nobody need ask for tasks.</summary>
    public Task Open
    {
        get
        {
            lock (_gate)
                return _open.Task;
        }
    }

    /// <summary>Starts the task, now or later, or gives it back.</summary>
    public void Enter(HeldTask task)
    {
        bool isTaken;
        lock (_gate)
        {
            _entered++;
            isTaken = _alone is null;
            if (isTaken && task.Grant.Alone)
            {
                _alone = task;
                _isAloneStarted = _entered == 1;
                _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                if (!_isAloneStarted)
                    return;
            }
        }

        (isTaken ? start : giveBack)(task);
    }

    /// <summary>The end of a task that entered is answered.</summary>
    public void Exit()
    {
        HeldTask next;
        lock (_gate)
        {
            _entered--;
            if (_alone is null)
                return;
            if (_isAloneStarted)
            {
                if (_entered == 0)
                {
                    _alone = null;
                    _open.SetResult();
                }

                return;
            }

            if (_entered > 1)
                return;
            _isAloneStarted = true;
            next = _alone;
        }

        start(next);
    }

    private static TaskCompletionSource Opened()
    {
        var opened = new TaskCompletionSource();
        opened.SetResult();
        return opened;
    }
}
