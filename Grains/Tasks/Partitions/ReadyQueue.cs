namespace Gristmill.Grains.Tasks;

/// <summary>
/// The queued tasks of a partition in the order in which they are to be granted. Used within the partition's turns.
/// </summary>
internal sealed class ReadyQueue
{
    private readonly SortedSet<LiveTask> _tasks = new(new ByRank());

    public int Count => _tasks.Count;

    public void Add(LiveTask task) => _tasks.Add(task);

    /// <summary>Takes out a task that is not to be granted any more, if it is there.</summary>
    public void Remove(LiveTask task) => _tasks.Remove(task);

    /// <summary>Takes out the next task that may run now; null when there is none. The caller grants it, or puts it back with <see cref="Add"/>.</summary>
    /// <param name="refusedKinds">Kinds that the executor does not run at present.</param>
    public LiveTask? Take(IReadOnlySet<string> refusedKinds)
    {
        LiveTask? next = _tasks.FirstOrDefault(task => !refusedKinds.Contains(task.Stored.Kind));
        if (next is not null)
            _tasks.Remove(next);
        return next;
    }

    /// <summary>True when a task that has just become ready may be granted without having stood in the queue.</summary>
    public bool MayPass(Storage.StoredTask task) => Count == 0;

    private sealed class ByRank : IComparer<LiveTask>
    {
        public int Compare(LiveTask? x, LiveTask? y)
        {
            int order = y!.Stored.Priority.CompareTo(x!.Stored.Priority);
            if (order == 0)
                order = (x.Stored.Deadline ?? DateTimeOffset.MaxValue).CompareTo(y.Stored.Deadline ?? DateTimeOffset.MaxValue);
            return order == 0 ? x.Id.CompareTo(y.Id) : order;
        }
    }
}
