namespace Gristmill.Tasks;

/// <summary>Puts a run back into the queue after its back-off, once.</summary>
internal sealed class RetryTimer
{
    private readonly TaskRun _run;
    private readonly Lock _lock = new();
    private ITimer? _timer;
    private bool _fired;

    public RetryTimer(TaskRun run, TimeSpan delay)
    {
        _run = run;
        lock (_lock)
            _timer = run.Engine.Time.CreateTimer(static timer => ((RetryTimer)timer!).Fire(), this, delay, Timeout.InfiniteTimeSpan);
    }

    private void Fire()
    {
        lock (_lock)
        {
            if (_fired)
                return;
            _fired = true;
            _timer?.Dispose();
            _timer = null;
        }

        _run.Engine.Pool.Post(_run);
    }
}
