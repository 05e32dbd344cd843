using Gristmill.Grains.Tasks;

namespace Gristmill.Grains.Tests.Tasks.Partitions;

/// <summary>The rules of the ready queue, followed word by word over plain lists: for comparison, slow.</summary>
internal sealed class NaiveReadyQueue(TimeProvider time, TimeSpan agingPeriod)
{
    private readonly List<LiveTask>[] _levels = [.. Enumerable.Range(0, 10).Select(_ => new List<LiveTask>())];
    private readonly DateTimeOffset[] _waitSince = new DateTimeOffset[10];

    // Who comes next: queues of a level, and owners of a queue at a level.
    private readonly Dictionary<int, List<string>> _queues = [];
    private readonly Dictionary<(int Level, string Queue), List<long?>> _owners = [];

    public void Add(LiveTask task)
    {
        (int level, string queue) = (task.Stored.Priority, task.Stored.Queue);
        if (_levels[level].Count == 0)
            _waitSince[level] = time.GetUtcNow();
        _levels[level].Add(task);
        if (!Queues(level).Contains(queue))
            Queues(level).Add(queue);
        if (!Owners(level, queue).Contains(task.Stored.Owner))
            Owners(level, queue).Add(task.Stored.Owner);
    }

    public void Remove(LiveTask task)
    {
        (int level, string queue) = (task.Stored.Priority, task.Stored.Queue);
        _levels[level].Remove(task);
        if (!_levels[level].Exists(other => other.Stored.Queue == queue && other.Stored.Owner == task.Stored.Owner))
            Owners(level, queue).Remove(task.Stored.Owner);
        if (!_levels[level].Exists(other => other.Stored.Queue == queue))
            Queues(level).Remove(queue);
    }

    public LiveTask? Take(HashSet<string> refused)
    {
        IEnumerable<int> levels = Enumerable.Range(0, 10).Where(level => _levels[level].Count > 0)
            .OrderByDescending(level => level + Math.Floor((time.GetUtcNow() - _waitSince[level]) / agingPeriod)).ThenByDescending(level => level);
        foreach (int level in levels)
        {
            foreach (string queue in Queues(level))
            {
                foreach (long? owner in Owners(level, queue))
                {
                    LiveTask? task = _levels[level]
                        .Where(task => task.Stored.Queue == queue && task.Stored.Owner == owner && !refused.Contains(task.Stored.Kind))
                        .OrderBy(task => task.Stored.Deadline ?? DateTimeOffset.MaxValue).ThenBy(task => task.Id).FirstOrDefault();
                    if (task is null)
                        continue;
                    ToTheEnd(Owners(level, queue), owner);
                    ToTheEnd(Queues(level), queue);
                    Remove(task);
                    _waitSince[level] = time.GetUtcNow();
                    return task;
                }
            }
        }

        return null;
    }

    private List<string> Queues(int level) => _queues.TryGetValue(level, out List<string>? queues) ? queues : _queues[level] = [];

    private List<long?> Owners(int level, string queue) =>
        _owners.TryGetValue((level, queue), out List<long?>? owners) ? owners : _owners[(level, queue)] = [];

    private static void ToTheEnd<T>(List<T> list, T item)
    {
        list.Remove(item);
        list.Add(item);
    }
}
