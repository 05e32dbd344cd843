using System.Diagnostics.CodeAnalysis;

namespace Gristmill.Grains.Tasks;

/// <summary>A grant in an executor's hands, from its arrival until its completion is answered. Safe from any thread.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A stop may come at any time; without a timer the source holds nothing.")]
internal sealed class HeldTask(TaskGrant grant, PartitionLink link, TimeProvider time) : ITaskRunObserver
{
    private readonly CancellationTokenSource _stop = new();
    private double _progress;
    private long _startedAt;
    private int _isStopped;

    public TaskGrant Grant { get; } = grant;

    public PartitionLink Link { get; } = link;

    /// <summary>Asks the handler to stop.</summary>
    public CancellationToken Token => _stop.Token;

    public bool HasStarted => Volatile.Read(ref _startedAt) != 0;

    /// <summary>The timestamp of the handler's start; 0 before.</summary>
    public long StartedAt => Volatile.Read(ref _startedAt);

    /// <summary>Why it was stopped: the task was cancelled, and not only the process is ending.</summary>
    public bool IsCancelled { get; private set; }

    public HeldGrant Describe() => new(Grant.Id, Grant.Number, Volatile.Read(ref _progress));

    public void OnStarted() => Volatile.Write(ref _startedAt, time.GetTimestamp());

    public void OnProgress(double value) => Volatile.Write(ref _progress, value);

    public void Cancel()
    {
        IsCancelled = true;
        Stop();
    }

    /// <summary>Keeps the handler from starting; one that has started goes on.</summary>
    public void GiveBackUnlessStarted()
    {
        if (!HasStarted)
            Stop();
    }

    private void Stop()
    {
        if (Interlocked.Exchange(ref _isStopped, 1) == 0)
            _stop.Cancel();
    }
}
