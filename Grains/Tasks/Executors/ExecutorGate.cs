namespace Gristmill.Grains.Tasks;

/// <summary>
/// Says which grants may run: any number beside each other, but a task under which an executor was lost runs alone, so that it takes no bystander
/// along if it is what kills the process. Alone means that the executor holds nothing else: a task that only waits for its turn, or is on its way
/// here, would count the crash as well. So such a task starts when every request for tasks is over and every other grant's end is answered; what
/// comes meanwhile goes back. Safe from any thread.
/// </summary>
internal sealed class ExecutorGate : IDisposable
{
    // A word may be lost, or come to its partition before the request that it is to end.
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(200);

    private readonly Action<HeldTask> _start;
    private readonly Action<HeldTask> _giveBack;
    private readonly Action _endRequests;
    private readonly ITimer _again;

    private readonly Lock _gate = new();

    // Guarded by _gate. Entered counts the grants whose end is not answered yet, also those that go back.
    private int _entered;
    private int _requests;
    private HeldTask? _alone;
    private bool _isAloneStarted;
    private TaskCompletionSource _open = Opened();

    /// <param name="start">Runs a task.</param>
    /// <param name="giveBack">Returns one that was not begun.</param>
    /// <param name="endRequests">Has the requests end that wait for tasks; called again as long as there are some.</param>
    /// <param name="time">The clock.</param>
    public ExecutorGate(Action<HeldTask> start, Action<HeldTask> giveBack, Action endRequests, TimeProvider time)
    {
        _start = start;
        _giveBack = giveBack;
        _endRequests = endRequests;
        _again = time.CreateTimer(_ => EndRequests(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Completes when no task runs alone, or is about to: until then nobody need ask for tasks.</summary>
    public Task Open
    {
        get
        {
            lock (_gate)
                return _open.Task;
        }
    }

    /// <summary>The task that runs alone, or is about to; null when there is none.</summary>
    public TaskId? Alone
    {
        get
        {
            lock (_gate)
                return _alone?.Grant.Id;
        }
    }

    /// <summary>Notes a request for tasks; false when none may be sent now.</summary>
    public bool TryBeginRequest()
    {
        lock (_gate)
        {
            if (_alone is not null)
                return false;
            _requests++;
            return true;
        }
    }

    /// <summary>The request is over, and what it brought has entered.</summary>
    public void EndRequest()
    {
        HeldTask? next;
        lock (_gate)
        {
            _requests--;
            next = NextAlone();
        }

        if (next is not null)
            _start(next);
    }

    /// <summary>Starts the task, now or later, or gives it back.</summary>
    public void Enter(HeldTask task)
    {
        HeldTask? next;
        bool isTaken;
        lock (_gate)
        {
            _entered++;
            isTaken = _alone is null;
            if (isTaken && task.Grant.Alone)
            {
                _alone = task;
                _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                next = NextAlone();
            }
            else
            {
                next = isTaken ? task : null;
            }
        }

        if (next is not null)
            _start(next);
        else if (isTaken)
            EndRequests();
        else
            _giveBack(task);
    }

    /// <summary>The end of a task that entered is answered.</summary>
    public void Exit()
    {
        HeldTask? next;
        lock (_gate)
        {
            _entered--;
            if (_isAloneStarted && _entered == 0)
            {
                _alone = null;
                _isAloneStarted = false;
                _open.SetResult();
            }

            next = NextAlone();
        }

        if (next is not null)
            _start(next);
    }

    public void Dispose() => _again.Dispose();

    private void EndRequests()
    {
        lock (_gate)
        {
            if (_alone is null || _isAloneStarted || _requests == 0)
                return;
        }

        _endRequests();
        _again.Change(s_again, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The task that may start alone now, once.</summary>
    private HeldTask? NextAlone()
    {
        if (_alone is null || _isAloneStarted || _entered > 1 || _requests > 0)
            return null;
        _isAloneStarted = true;
        return _alone;
    }

    private static TaskCompletionSource Opened()
    {
        var opened = new TaskCompletionSource();
        opened.SetResult();
        return opened;
    }
}
