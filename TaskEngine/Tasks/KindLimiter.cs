namespace Gristmill.Tasks;

/// <summary>
/// Lets so many tasks of a kind run at once; the others wait here, in order, and hold no worker. A task counts from the start of its handler to
/// its return, awaits included. Safe from any thread.
/// </summary>
internal sealed class KindLimiter(int limit)
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskRun> _waiting = new();
    private int _running;

    /// <summary>True: go on, and call <see cref="Exit"/> later. False: the run is kept and queued again when it is its turn.</summary>
    public bool TryEnter(TaskRun run)
    {
        lock (_lock)
        {
            if (_running < limit)
            {
                _running++;
                return true;
            }

            _waiting.Enqueue(run);
            return false;
        }
    }

    /// <summary>Ends one run; the run returned, if any, has inherited the permit and must be queued.</summary>
    public TaskRun? Exit()
    {
        lock (_lock)
        {
            if (_waiting.TryDequeue(out TaskRun? next))
                return next;
            _running--;
            return null;
        }
    }
}
