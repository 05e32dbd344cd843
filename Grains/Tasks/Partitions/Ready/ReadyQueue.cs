using System.Runtime.InteropServices;
using Gristmill.Grains.Queues;
using Gristmill.Storage;

namespace Gristmill.Grains.Tasks;

/// <summary>
/// The queued tasks of a partition in the order in which they are to be granted: by priority, where a level that waits unserved gains one for each
/// aging period, so that none starves; then the queues in turn, in a queue its owners (or keys) in turn, of those the tasks by deadline and age.
/// What may not start, because its queue or key is at a limit or paused, is out of all rings and costs a pick nothing. Used within the
/// partition's turns.
/// </summary>
internal sealed class ReadyQueue
{
    private const int Levels = 10;

    // Queues that are empty keep their frame up to this number; the names are the clients' choice.
    private const int MaxEmptyQueues = 64;

    private readonly TimeProvider _time;
    private readonly TimeSpan _agingPeriod;
    private readonly ReadyLevel[] _levels;
    private readonly Dictionary<string, QueueTasks> _queues = new(StringComparer.Ordinal);
    private readonly Dictionary<string, QueuePermits> _permits = new(StringComparer.Ordinal);

    /// <param name="time">The clock that levels age by.</param>
    /// <param name="agingPeriod">
    /// How long a level waits unserved until it counts as one higher. Defaults to 10 s: priorities mean something, and the lowest is served every
    /// two minutes at worst.
    /// </param>
    public ReadyQueue(TimeProvider time, TimeSpan? agingPeriod = null)
    {
        _time = time;
        _agingPeriod = agingPeriod ?? TimeSpan.FromSeconds(10);
        _levels = [.. Enumerable.Range(0, Levels).Select(_ => new ReadyLevel(time))];
    }

    private readonly HashSet<QueuePermits> _touched = [];
    private TimeSpan _nextLapse = TimeSpan.MaxValue;

    public int Count { get; private set; }

    /// <summary>Since when the task that waits longest is ready, to the second; null when none waits.</summary>
    public DateTimeOffset? OldestReadyAt => _queues.Values.Min(queue => queue.OldestReadyAt);

    /// <summary>What is set for a queue here; null when nothing ever was.</summary>
    public QueuePermits? PermitsOf(string queue) => _permits.GetValueOrDefault(queue);

    /// <summary>The queues with settings of which a task came, was started, or ended since the last call.</summary>
    public QueuePermits[] TakeTouched()
    {
        if (_touched.Count == 0)
            return [];
        QueuePermits[] touched = [.. _touched];
        _touched.Clear();
        return touched;
    }

    /// <summary>Every queue that has ready tasks.</summary>
    public IEnumerable<QueueTasks> Queues => _queues.Values.Where(queue => queue.Count > 0);

    public void Add(LiveTask task)
    {
        Ended(task);
        QueueTasks queue = QueueOf(task.Stored.Queue);
        queue.Add(task);
        Count++;
        if (queue.Permits is { } permits)
            _touched.Add(permits);
    }

    /// <summary>Takes out a task that is not to be granted any more, if it is there.</summary>
    public void Remove(LiveTask task)
    {
        if (task.Place.Lane is not { } lane)
            return;
        QueueTasks queue = lane.Party.Line.Queue;
        queue.Remove(task);
        Left(queue);
    }

    /// <summary>Takes out the next task that may run now; null when there is none. The caller grants it, or puts it back with <see cref="PutBack"/>.</summary>
    /// <param name="refusedKinds">Kinds that the executor does not run at present.</param>
    public LiveTask? Take(IReadOnlySet<string> refusedKinds)
    {
        Lapse();
        int tried = 0;
        while (NextLevel(tried) is { } level)
        {
            if (_levels[level].Take(refusedKinds) is { } task)
            {
                QueueTasks queue = _queues[task.Stored.Queue];
                queue.Gone(task);
                Started(task);
                Left(queue);
                return task;
            }

            tried |= 1 << level;
        }

        return null;
    }

    /// <summary>Puts back a task that was taken and does not start after all.</summary>
    /// <param name="task">The task.</param>
    /// <param name="lapses">What <see cref="LapsesFor"/> said when it was taken.</param>
    public void PutBack(LiveTask task, int lapses)
    {
        Ended(task, lapses);
        Add(task);
    }

    /// <summary>How often the permits to start of the task's queue were over until now.</summary>
    public int LapsesFor(LiveTask task) => task.Place.IsCounted ? _permits[task.Stored.Queue].Lapses : 0;

    /// <summary>True when a task that has just become ready may be granted without having stood in the queue.</summary>
    public bool MayPass(StoredTask task) => !_permits.ContainsKey(task.Queue) && Array.TrueForAll(_levels, static level => level.IsEmpty);

    /// <summary>A change of the task was committed: limits count it exactly while it runs.</summary>
    public void Settle(LiveTask task)
    {
        if (_permits.Count == 0)
            return;
        bool runs = task.Progress.State == TaskState.Running;
        if (runs && !task.Place.IsCounted)
            Started(task);
        else if (!runs)
            Ended(task);
    }

    /// <summary>What holds for a queue from now on.</summary>
    /// <param name="settings">What is set.</param>
    /// <param name="running">The queue's tasks that run now; looked at only when nothing was ever set for it.</param>
    public QueuePermits Follow(QueueSettings settings, IEnumerable<LiveTask> running)
    {
        if (!_permits.TryGetValue(settings.Name, out QueuePermits? permits))
        {
            _permits[settings.Name] = permits = new QueuePermits(settings, _time);
            foreach (LiveTask task in running)
                Started(task);
            QueueOf(settings.Name).Follow(permits);
        }
        else if (settings.Version > permits.Settings.Version)
        {
            permits.Follow(settings);
            QueueOf(settings.Name).Follow(permits);
        }

        return permits;
    }

    /// <summary>A queue's permits have changed.</summary>
    public void Refresh(QueuePermits permits)
    {
        _nextLapse = permits.StartBy < _nextLapse ? permits.StartBy : _nextLapse;
        QueueOf(permits.Queue).Refresh();
    }

    /// <summary>The queue's ready tasks; null when it has none.</summary>
    public QueueTasks? Find(string queue) => _queues.GetValueOrDefault(queue);

    private void Started(LiveTask task)
    {
        if (_permits.Count == 0 || !_permits.TryGetValue(task.Stored.Queue, out QueuePermits? permits))
            return;
        permits.Started(task.Stored.QueueKey);
        task.Place.IsCounted = true;
        _touched.Add(permits);
        Find(task.Stored.Queue)?.Refresh(task.Stored.QueueKey);
    }

    private void Ended(LiveTask task, int? putBackFrom = null)
    {
        if (!task.Place.IsCounted)
            return;
        task.Place.IsCounted = false;
        QueuePermits permits = _permits[task.Stored.Queue];
        if (putBackFrom is { } lapses)
            permits.NotStarted(task.Stored.QueueKey, lapses);
        else
            permits.Ended(task.Stored.QueueKey);
        _touched.Add(permits);
        Find(task.Stored.Queue)?.Refresh(task.Stored.QueueKey);
    }

    private int? NextLevel(int tried)
    {
        int? next = null;
        long nextRank = -1;
        for (int level = Levels - 1; level >= 0; level--)
        {
            if (_levels[level].IsEmpty || (tried & (1 << level)) != 0)
                continue;
            long rank = level + (long)(_time.GetElapsedTime(_levels[level].WaitsSince) / _agingPeriod);
            if (rank > nextRank)
                (next, nextRank) = (level, rank);
        }

        return next;
    }

    private void Lapse()
    {
        TimeSpan now;
        if (_nextLapse == TimeSpan.MaxValue || (now = _time.GetElapsedTime(0)) < _nextLapse)
            return;
        _nextLapse = TimeSpan.MaxValue;
        foreach (QueuePermits permits in _permits.Values)
        {
            permits.Lapse(now);
            _touched.Add(permits);
            Refresh(permits);
        }
    }

    private QueueTasks QueueOf(string name)
    {
        ref QueueTasks? queue = ref CollectionsMarshal.GetValueRefOrAddDefault(_queues, name, out _);
        return queue ??= new QueueTasks(name, _levels);
    }

    private void Left(QueueTasks queue)
    {
        Count--;
        if (queue.Count == 0 && queue.Permits is null && _queues.Count > MaxEmptyQueues)
            _queues.Remove(queue.Name);
    }
}
