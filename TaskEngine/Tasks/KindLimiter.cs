namespace Gristmill.Tasks;

/// <summary>
/// Lets so many tasks of a kind run at once; the others wait here, in order, and hold no worker. A task counts from the start of its handler to
/// its return, awaits included. Who waits is in the engine's registry too, so that deadlines and a stop find it. Safe from any thread.
/// </summary>
internal sealed class KindLimiter(int limit)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskRun> _waiting = new();
    private int _running;

    /// <summary>
    /// True: go on; with <see cref="TaskRun.HasPermit"/>, to be given back by <see cref="Exit"/>, unless the run has been stopped. False: the run is
    /// kept, and queued again when it is its turn.
    /// </summary>
    public bool TryEnter(TaskRun run)
    {
        lock (_lock)
        {
            if (_running < limit)
            {
                _running++;
                run.HasPermit = true;
                return true;
            }

            run.Engine.OnSuspended(run);
            // Behind the registry: who stops the run from here on finds it there, and then here.
            if (run.IsClaimed || run.Engine.IsCancelling)
                return true;
            run.LimiterNode = _waiting.AddLast(run);
            return false;
        }
    }

    /// <summary>Ends one run; the run returned, if any, has inherited the permit and must be queued.</summary>
    public TaskRun? Exit()
    {
        lock (_lock)
        {
            if (_waiting.First is { } first)
            {
                _waiting.Remove(first);
                first.Value.LimiterNode = null;
                first.Value.HasPermit = true;
                return first.Value;
            }

            _running--;
            return null;
        }
    }

    /// <summary>True when a run that was stopped waited here: it does so no longer, and is the caller's.</summary>
    public bool TryTakeBack(TaskRun run)
    {
        lock (_lock)
        {
            if (run.LimiterNode is not { } node)
                return false;
            _waiting.Remove(node);
            run.LimiterNode = null;
            return true;
        }
    }
}
