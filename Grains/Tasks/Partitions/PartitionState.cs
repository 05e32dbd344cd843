using System.Diagnostics.CodeAnalysis;
using Gristmill.Storage;

namespace Gristmill.Grains.Tasks;

/// <summary>
/// A partition's live tasks in memory, always as they are committed: changes come through <see cref="Apply"/> alone. Used within the partition's
/// turns.
/// </summary>
internal sealed class PartitionState(TimeProvider time)
{
    // Inputs up to this length stay in memory with a waiting task; longer ones are read again when it is granted.
    private const int MaxKeptInput = 512;

    private readonly Dictionary<TaskId, LiveTask> _tasks = [];
    private readonly Dictionary<string, ExecutorLease> _leases = new(StringComparer.Ordinal);
    private readonly SortedSet<(DateTimeOffset At, TaskId Id)> _alarms = [];

    public int Count => _tasks.Count;

    public ReadyQueue Ready { get; } = new(time);

    public ScheduleBook Schedules { get; } = new();

    public IReadOnlyCollection<ExecutorLease> Leases => _leases.Values;

    /// <summary>When a task next has to be looked at; null when none has.</summary>
    public DateTimeOffset? NextAlarm => _alarms.Count == 0 ? null : _alarms.Min.At;

    public bool TryGet(TaskId id, [NotNullWhen(true)] out LiveTask? task) => _tasks.TryGetValue(id, out task);

    /// <summary>The tasks whose time has come, the earliest first; they keep their alarms until a change is applied.</summary>
    public IEnumerable<LiveTask> DueAt(DateTimeOffset now) => _alarms.TakeWhile(alarm => alarm.At <= now).Select(alarm => _tasks[alarm.Id]);

    /// <summary>What is known of an executor, from now on at least that it was heard of now.</summary>
    public ExecutorLease Hear(string executor, out bool isNew)
    {
        isNew = !_leases.TryGetValue(executor, out ExecutorLease? lease);
        if (isNew)
            _leases[executor] = lease = new ExecutorLease(executor, time.GetTimestamp());
        lease!.SeenAt = time.GetTimestamp();
        return lease;
    }

    public void Forget(ExecutorLease lease) => _leases.Remove(lease.Executor);

    /// <summary>Lets go of all who wait for a change of a task.</summary>
    public void WakeAll()
    {
        foreach (LiveTask task in _tasks.Values)
            task.Wake();
    }

    /// <summary>Takes in a row that was found when the partition was opened.</summary>
    public void Adopt(StoredTask task) => Apply(task);

    /// <summary>Takes in a row that is committed.</summary>
    public void Apply(StoredTask row)
    {
        if (_tasks.TryGetValue(row.Id, out LiveTask? task))
        {
            Exit(task);
            task.Advance(row);
        }
        else
        {
            task = new LiveTask(WithoutLongInput(row));
        }

        Ready.Settle(task);
        if (!row.Progress.State.IsTerminal())
            Enter(task);
    }

    private void Enter(LiveTask task)
    {
        _tasks[task.Id] = task;
        TaskProgress progress = task.Progress;
        switch (progress.State)
        {
            case TaskState.Scheduled:
                SetAlarm(task, task.Stored.Deadline < progress.DueAt ? task.Stored.Deadline.Value : progress.DueAt);
                break;
            case TaskState.Queued:
                Ready.Add(task);
                if (task.Stored.Deadline is { } deadline)
                    SetAlarm(task, deadline);
                break;
            case TaskState.Running:
                if (!_leases.TryGetValue(progress.Executor!, out ExecutorLease? lease))
                    lease = Hear(progress.Executor!, out _);
                task.Holder = lease;
                lease.Held[task.Id] = task;
                break;
        }
    }

    private void Exit(LiveTask task)
    {
        _tasks.Remove(task.Id);
        if (task.Alarm is { } at)
        {
            _alarms.Remove((at, task.Id));
            task.Alarm = null;
        }

        if (task.Progress.State == TaskState.Queued)
            Ready.Remove(task);
        task.Holder?.Held.Remove(task.Id);
        task.Holder = null;
    }

    private void SetAlarm(LiveTask task, DateTimeOffset at)
    {
        task.Alarm = at;
        _alarms.Add((at, task.Id));
    }

    private static StoredTask WithoutLongInput(StoredTask task) => task.InputLength > MaxKeptInput ? task with { Input = default } : task;
}
