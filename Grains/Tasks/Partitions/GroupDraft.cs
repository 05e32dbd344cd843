using System.Collections.Immutable;
using Gristmill.Storage;

namespace Gristmill.Grains.Tasks;

/// <summary>
/// A group of changes being put together: what is committed, and over it what this group is going to change. It grants tasks as well: those that
/// this group itself makes ready while executors wait are written as running at once.
/// </summary>
internal sealed class GroupDraft(PartitionState state, TaskSteps steps, ImmutableDictionary<TaskId, StoredTask> over)
{
    // A task that changes several times has one row, as it is in the end.
    private readonly Dictionary<TaskId, StoredTask> _rows = [];
    private readonly HashSet<TaskId> _inserted = [];
    private readonly LinkedList<TaskId> _ready = [];
    private readonly List<(LiveTask Task, int Lapses)> _taken = [];

    private readonly Dictionary<string, StoredSchedule?> _schedules = new(StringComparer.Ordinal);

    /// <summary>True when there is nothing to commit.</summary>
    public bool IsEmpty => _rows.Count == 0 && _schedules.Count == 0;

    /// <summary>Every task that this group changes, as it will be.</summary>
    public IReadOnlyCollection<StoredTask> Rows => _rows.Values;

    public List<GrantedTask> Grants { get; } = [];

    /// <summary>Tasks that this group inserts.</summary>
    public int InsertCount => _inserted.Count;

    /// <summary>Tasks that are over, and were going to be inserted again.</summary>
    public ImmutableDictionary<TaskId, StoredTask> Over { get; } = over;

    /// <summary>The ids of the tasks that this group inserts.</summary>
    public IReadOnlyCollection<TaskId> Inserted => _inserted;

    /// <summary>The task as it will be after this group; null when it is neither live nor one of <see cref="Over"/>.</summary>
    public StoredTask? Find(TaskId id) =>
        _rows.TryGetValue(id, out StoredTask? row) ? row
        : state.TryGet(id, out LiveTask? task) ? task.Stored
        : Over.GetValueOrDefault(id);

    public void Insert(StoredTask task)
    {
        _inserted.Add(task.Id);
        Note(task);
    }

    /// <returns>The task as it will be.</returns>
    public StoredTask Update(StoredTask task, TaskProgress progress)
    {
        StoredTask updated = task with { Progress = progress };
        Note(updated);
        return updated;
    }

    /// <summary>What is to be committed: one change for each task.</summary>
    public List<TaskChange> Changes() =>
        [.. _rows.Values.Select(TaskChange (task) => _inserted.Contains(task.Id) ? new TaskInsert(task) : new TaskUpdate(task.Id, task.Progress))];

    /// <summary>The schedule as it will be after this group; null when there is none.</summary>
    public StoredSchedule? FindSchedule(string id) =>
        _schedules.TryGetValue(id, out StoredSchedule? schedule) ? schedule : state.Schedules.Find(id)?.Stored;

    public void Put(StoredSchedule schedule) => _schedules[schedule.Id] = schedule;

    public void DeleteSchedule(string id) => _schedules[id] = null;

    /// <summary>What is to be committed: one change for each schedule.</summary>
    public List<ScheduleChange> ScheduleChanges() =>
        [.. _schedules.Select(ScheduleChange (change) => change.Value is { } schedule ? new SchedulePut(schedule) : new ScheduleDelete(change.Key))];

    /// <summary>Completions that this group records.</summary>
    public int CompletionCount { get; set; }

    /// <summary>
    /// Gives ready tasks to the executors that wait for some, in turn, as long as there are both and the group has room. By lot who is first: an executor
    /// asks all partitions at once, so by age it would be first at all of them at once, and get more than it can run beside others that get nothing.
    /// </summary>
    public void Dispatch(IEnumerable<LeasePoll> polls, int room)
    {
        LeasePoll[] unserved = [.. polls.Where(poll => !poll.IsServed)];
        Random.Shared.Shuffle(unserved);
        var waiting = new Queue<LeasePoll>(unserved);
        while (_rows.Count < room && waiting.TryDequeue(out LeasePoll? poll))
        {
            if (TakeFor(poll) is not { } task)
                continue;
            Grant(task, poll);
            // Nothing is to come behind a task that runs alone.
            if (poll.HasRoom && task.Progress.Crashes == 0)
                waiting.Enqueue(poll);
        }
    }

    /// <summary>Nothing of the group was stored: what it took goes back.</summary>
    public void Undo()
    {
        foreach ((LiveTask task, int lapses) in _taken)
            state.Ready.PutBack(task, lapses);
        foreach (GrantedTask grant in Grants)
            grant.Poll.TakeBack(grant.Task);
    }

    private StoredTask? TakeFor(LeasePoll poll)
    {
        while (state.Ready.Take(poll.RefusedKinds) is { } live)
        {
            _taken.Add((live, state.Ready.LapsesFor(live)));
            // One that this group has changed already leaves the queue when the change is applied.
            if (!_rows.ContainsKey(live.Id))
                return live.Stored;
        }

        for (LinkedListNode<TaskId>? node = _ready.First; node is not null; node = node.Next)
        {
            StoredTask task = _rows[node.Value];
            if (task.Progress.State == TaskState.Queued && !poll.RefusedKinds.Contains(task.Kind) && state.Ready.MayPass(task))
            {
                _ready.Remove(node);
                return task;
            }
        }

        return null;
    }

    private void Grant(StoredTask task, LeasePoll poll)
    {
        Grants.Add(new GrantedTask(Update(task, steps.Grant(task.Progress, poll.Lease.Executor)), poll));
        poll.Serve(task);
    }

    private void Note(StoredTask task)
    {
        _rows[task.Id] = task;
        if (task.Progress.State == TaskState.Queued)
            _ready.AddLast(task.Id);
    }
}
