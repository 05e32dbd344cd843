namespace Gristmill.Grains.Tasks;

/// <summary>
/// How many tasks an executor may ask for: its free workers, and as many beyond as it expects to run in <see cref="s_ahead"/>, so that workers need not
/// wait for the next grant while long tasks stay where other silos can take them. Safe from any thread.
/// </summary>
internal sealed class ExecutorCredit(int workers, int partitions, int maxPrefetch)
{
    private static readonly TimeSpan s_ahead = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly Queue<TaskCompletionSource> _waiting = [];
    private double _averageSeconds = s_ahead.TotalSeconds / 10;
    // Asked for with requests that wait, and of tasks that are held.
    private int _taken;
    private int _held;

    /// <summary>Tasks that may be held at once now.</summary>
    public int Most
    {
        get
        {
            lock (_gate)
                return MostNow();
        }
    }

    /// <summary>Waits until there is credit, and takes up to <paramref name="wanted"/> of it.</summary>
    public async Task<int> TakeAsync(int wanted, CancellationToken cancellationToken)
    {
        while (true)
        {
            TaskCompletionSource turn;
            lock (_gate)
            {
                int free = MostNow() - _taken;
                if (free > 0)
                {
                    int credit = Math.Min(free, wanted);
                    _taken += credit;
                    return credit;
                }

                turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Enqueue(turn);
            }

            await turn.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>A request was answered: so many tasks came for the credit that it took, and the rest of it is free again.</summary>
    public void Use(int asked, int granted)
    {
        lock (_gate)
        {
            _held += granted;
            _taken -= asked - granted;
            WakeNow();
        }
    }

    /// <summary>Held tasks are done with.</summary>
    public void Return(int tasks)
    {
        lock (_gate)
        {
            _held -= tasks;
            _taken -= tasks;
            WakeNow();
        }
    }

    /// <summary>Notes how long a handler ran.</summary>
    public void Observe(TimeSpan time)
    {
        lock (_gate)
            _averageSeconds += (time.TotalSeconds - _averageSeconds) / 16;
    }

    private void WakeNow()
    {
        for (int free = MostNow() - _taken; free > 0 && _waiting.TryDequeue(out TaskCompletionSource? turn); free--)
            turn.TrySetResult();
    }

    // With a worker free every partition may be asked, whatever the tasks' length and however many others wait for an answer: else partitions that
    // have nothing to give would keep those that have from being asked.
    private int MostNow()
    {
        int prefetch = (int)Math.Min(maxPrefetch, workers * s_ahead.TotalSeconds / Math.Max(_averageSeconds, 1e-9));
        return _held < workers ? Math.Max(workers + prefetch, _held + partitions) : workers + prefetch;
    }
}
