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
    private int _taken;
    private int _granted;
    private int _requests;

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
                int free = FreeNow();
                if (free > 0)
                {
                    // A partition that has nothing keeps the credit while its request waits: so the others have some too.
                    int others = Math.Max(0, partitions - _requests - 1);
                    int credit = Math.Min(wanted, 1 + Math.Max(0, free - 1 - others) / 2);
                    _taken += credit;
                    _requests++;
                    return credit;
                }

                turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Enqueue(turn);
            }

            await turn.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>A request has ended: the tasks that it granted keep their credit, and the rest comes back.</summary>
    public void Use(int asked, int granted)
    {
        lock (_gate)
        {
            _requests--;
            _granted += granted;
            Release(asked - granted);
        }
    }

    /// <summary>Tasks are done with.</summary>
    public void Return(int granted)
    {
        lock (_gate)
        {
            _granted -= granted;
            Release(granted);
        }
    }

    /// <summary>Notes how long a handler ran.</summary>
    public void Observe(TimeSpan time)
    {
        lock (_gate)
            _averageSeconds += (time.TotalSeconds - _averageSeconds) / 16;
    }

    private void Release(int credit)
    {
        _taken -= credit;
        for (int free = FreeNow(); free > 0 && _waiting.TryDequeue(out TaskCompletionSource? turn); free--)
            turn.TrySetResult();
    }

    // With a worker free, no partition waits for credit that others have asked for and got nothing for.
    private int FreeNow() => Math.Max(MostNow() - _taken, _granted < workers ? partitions - _requests : 0);

    // With a worker free every partition may be asked, whatever the tasks' length: else an idle silo would visit partitions in turns.
    private int MostNow()
    {
        int prefetch = (int)Math.Min(maxPrefetch, workers * s_ahead.TotalSeconds / Math.Max(_averageSeconds, 1e-9));
        return _granted < workers ? Math.Max(workers + prefetch, _granted + partitions) : workers + prefetch;
    }
}
