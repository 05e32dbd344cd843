using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Gristmill.Storage;

/// <summary>Tasks in memory: for tests, and for a server whose tasks may go with the process. One lock orders all operations.</summary>
public sealed class MemoryTaskStore : ITaskStore
{
    private const int ScanLimit = 20_000;
    private const int MaxInlineInput = 512;

    private readonly Lock _gate = new();

    // All guarded by _gate.
    private readonly Dictionary<TaskId, StoredTask> _tasks = [];
    private readonly SortedSet<TaskId> _ids = [];
    private readonly Dictionary<(int Partition, string Key), TaskId> _keys = [];
    private readonly Dictionary<string, StoredQueueSettings> _queues = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (int Partition, StoredSchedule Schedule)> _schedules = new(StringComparer.Ordinal);
    private PartitionPosition[] _partitions = [];

    public ValueTask InitializeAsync(int partitionCount, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitionCount, 1);
        lock (_gate)
        {
            if (_partitions.Length == 0)
                _partitions = new PartitionPosition[partitionCount];
            return _partitions.Length == partitionCount
                ? ValueTask.CompletedTask
                : throw new PartitionCountException(_partitions.Length, partitionCount);
        }
    }

    public ValueTask<PartitionPosition> OpenPartitionAsync(int partition, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ref PartitionPosition position = ref Position(partition);
            position = position with { Epoch = position.Epoch + 1 };
            return new ValueTask<PartitionPosition>(position);
        }
    }

    public ValueTask<PartitionPosition> ReadPositionAsync(int partition, CancellationToken cancellationToken = default)
    {
        lock (_gate)
            return new ValueTask<PartitionPosition>(Position(partition));
    }

    public ValueTask CommitAsync(TaskGroup group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(group);
        group.Check();
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ref PartitionPosition position = ref Position(group.Partition);
            var expected = new PartitionPosition(group.Epoch, group.Sequence - 1);
            if (position != expected)
                throw new PartitionFencedException(group.Partition, expected, position);

            // First into a copy of the rows it touches: a change that does not fit leaves nothing behind.
            var rows = new Dictionary<TaskId, StoredTask>();
            var keys = new HashSet<string>();
            foreach (TaskChange change in group.Changes)
                rows[change.Id] = Apply(change, rows, keys);

            foreach (StoredTask task in rows.Values)
            {
                _tasks[task.Id] = task;
                _ids.Add(task.Id);
                if (task.IdempotencyKey is { } key)
                    _keys[(group.Partition, key)] = task.Id;
            }

            foreach (ScheduleChange change in group.Schedules)
            {
                if (change is SchedulePut { Schedule: var schedule })
                    _schedules[change.Id] = (group.Partition, schedule);
                else
                    _schedules.Remove(change.Id);
            }

            position = position with { Sequence = group.Sequence };
            return ValueTask.CompletedTask;
        }
    }

    public async IAsyncEnumerable<StoredTask> EnumerateLiveAsync(
        int partition, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        StoredTask[] live;
        lock (_gate)
            live = [.. _tasks.Values.Where(task => task.Id.Partition == partition && !task.Progress.State.IsTerminal())];
        foreach (StoredTask task in live)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return task;
        }
    }

    public ValueTask<StoredTask?> ReadAsync(TaskId id, CancellationToken cancellationToken = default)
    {
        lock (_gate)
            return new ValueTask<StoredTask?>(_tasks.GetValueOrDefault(id));
    }

    public ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> ReadManyAsync(
        IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        lock (_gate)
        {
            return new ValueTask<IReadOnlyDictionary<TaskId, StoredTask>>(
                ids.Distinct().Where(_tasks.ContainsKey).ToDictionary(id => id, id => _tasks[id]));
        }
    }

    public async ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> DescribeManyAsync(
        IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default)
    {
        IReadOnlyDictionary<TaskId, StoredTask> tasks = await ReadManyAsync(ids, cancellationToken).ConfigureAwait(false);
        return tasks.Values.ToDictionary(task => task.Id, task => task with
        {
            Input = task.InputLength <= MaxInlineInput ? task.Input : default,
            Progress = task.Progress with { Output = default },
        });
    }

    public ValueTask<StoredTask?> FindByKeyAsync(int partition, string idempotencyKey, CancellationToken cancellationToken = default)
    {
        lock (_gate)
            return new ValueTask<StoredTask?>(_keys.TryGetValue((partition, idempotencyKey), out TaskId id) ? _tasks[id] : null);
    }

    public ValueTask<TaskPage> ListAsync(TaskFilter filter, TaskId? before, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        (TaskId lowest, TaskId below) = (filter.LowestId, filter.Below(before));
        ImmutableArray<StoredTask>.Builder found = ImmutableArray.CreateBuilder<StoredTask>();
        if (below <= lowest)
            return new ValueTask<TaskPage>(new TaskPage([], null));
        lock (_gate)
        {
            TaskId? last = null;
            int scanned = 0;
            foreach (TaskId id in _ids.GetViewBetween(lowest, below).Reverse().Where(id => id < below))
            {
                if (found.Count == limit || scanned++ == ScanLimit)
                    return new ValueTask<TaskPage>(new TaskPage(found.ToImmutable(), last));
                last = id;
                StoredTask task = _tasks[id];
                if (filter.Matches(task))
                    found.Add(task with { Input = default, Progress = task.Progress with { Output = default } });
            }
        }

        return new ValueTask<TaskPage>(new TaskPage(found.ToImmutable(), null));
    }

    public ValueTask<ImmutableArray<StoredQueueSettings>> ReadQueuesAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
            return new ValueTask<ImmutableArray<StoredQueueSettings>>([.. _queues.Values]);
    }

    public ValueTask WriteQueueAsync(StoredQueueSettings queue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(queue);
        queue.Check();
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if ((_queues.GetValueOrDefault(queue.Name)?.Version ?? 0) != queue.Version - 1)
                throw new QueueConflictException(queue.Name, queue.Version);
            _queues[queue.Name] = queue;
            return ValueTask.CompletedTask;
        }
    }

    public ValueTask<ImmutableArray<StoredSchedule>> ReadSchedulesAsync(int partition, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            return new ValueTask<ImmutableArray<StoredSchedule>>(
                [.. _schedules.Values.Where(entry => entry.Partition == partition).Select(entry => entry.Schedule)]);
        }
    }

    public ValueTask<ImmutableArray<StoredSchedule>> ListSchedulesAsync(string? after, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        lock (_gate)
        {
            return new ValueTask<ImmutableArray<StoredSchedule>>(
            [
                .. _schedules.Values.Select(entry => entry.Schedule)
                    .Where(schedule => after is null || string.CompareOrdinal(schedule.Id, after) > 0).Take(limit),
            ]);
        }
    }

    public ValueTask<TaskPurge> PurgeAsync(TaskRetention retention, TaskId? after, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(retention);
        lock (_gate)
        {
            TaskId first = after ?? default;
            TaskId[] scanned = [.. _ids.GetViewBetween(first, new TaskId(UInt128.MaxValue)).Where(id => id > first).Take(ScanLimit)];
            TaskId[] gone = [.. scanned.Where(id => retention.Covers(_tasks[id]))];
            foreach (TaskId id in gone)
            {
                _ids.Remove(id);
                _tasks.Remove(id, out StoredTask? task);
                if (task!.IdempotencyKey is { } key)
                    _keys.Remove((id.Partition, key));
            }

            return new ValueTask<TaskPurge>(new TaskPurge(gone.Length, scanned.Length == ScanLimit ? scanned[^1] : null));
        }
    }

    public ValueTask PingAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    private ref PartitionPosition Position(int partition)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(partition);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(partition, _partitions.Length);
        return ref _partitions[partition];
    }

    private StoredTask Apply(TaskChange change, Dictionary<TaskId, StoredTask> rows, HashSet<string> keys)
    {
        StoredTask? existing = rows.GetValueOrDefault(change.Id) ?? _tasks.GetValueOrDefault(change.Id);
        switch (change)
        {
            case TaskInsert { Task: var task }:
                if (existing is not null)
                    throw new InvalidOperationException($"Task {task.Id} exists.");
                if (task.IdempotencyKey is { } key && (!keys.Add(key) || _keys.ContainsKey((task.Id.Partition, key))))
                    throw new InvalidOperationException($"The idempotency key of task {task.Id} exists.");
                return task;
            case TaskUpdate { Progress: var progress } when existing is not null && !existing.Progress.State.IsTerminal():
                return existing with { Progress = progress };
            default:
                throw new InvalidOperationException($"Task {change.Id} is not there, or over.");
        }
    }
}
