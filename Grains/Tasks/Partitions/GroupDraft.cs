using Gristmill.Storage;

namespace Gristmill.Grains.Tasks;

/// <summary>
/// A group of changes being put together: what is committed, and over it what this group is going to change. It grants tasks as well: those that
/// this group itself makes ready while executors wait are written as running at once.
/// </summary>
internal sealed class GroupDraft(PartitionState state, TaskSteps steps)
{
    private readonly Dictionary<TaskId, StoredTask> _rows = [];
    private readonly LinkedList<TaskId> _ready = [];
    private readonly List<LiveTask> _taken = [];

    public List<TaskChange> Changes { get; } = [];

    public List<GrantedTask> Grants { get; } = [];

    /// <summary>Tasks that this group inserts.</summary>
    public int InsertCount { get; private set; }

    /// <summary>The task as it will be after this group; null when it is not live.</summary>
    public StoredTask? Find(TaskId id) =>
        _rows.TryGetValue(id, out StoredTask? row) ? row : state.TryGet(id, out LiveTask? task) ? task.Stored : null;

    public void Insert(StoredTask task)
    {
        Changes.Add(new TaskInsert(task));
        InsertCount++;
        Note(task);
    }

    public void Update(StoredTask task, TaskProgress progress)
    {
        Changes.Add(new TaskUpdate(task.Id, progress));
        Note(task with { Progress = progress });
    }

    /// <summary>Completions that this group records.</summary>
    public int CompletionCount { get; set; }

    /// <summary>Gives ready tasks to the executors that wait for some, in turn, as long as there are both and the group has room.</summary>
    public void Dispatch(IEnumerable<LeasePoll> polls, int room)
    {
        var waiting = new Queue<LeasePoll>(polls.Where(poll => !poll.IsServed));
        while (Changes.Count < room && waiting.TryDequeue(out LeasePoll? poll))
        {
            if (TakeFor(poll) is not { } task)
                continue;
            Grant(task, poll);
            if (poll.Credit > 0)
                waiting.Enqueue(poll);
        }
    }

    /// <summary>Nothing of the group was stored: what it took goes back.</summary>
    public void Undo()
    {
        foreach (LiveTask task in _taken)
            state.Ready.Add(task);
        foreach (GrantedTask grant in Grants)
            grant.Poll.TakeBack();
    }

    private StoredTask? TakeFor(LeasePoll poll)
    {
        while (state.Ready.Take(poll.RefusedKinds) is { } live)
        {
            _taken.Add(live);
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
        TaskProgress granted = steps.Grant(task.Progress, poll.Lease.Executor);
        Update(task, granted);
        Grants.Add(new GrantedTask(task with { Progress = granted }, poll));
        poll.Serve();
    }

    private void Note(StoredTask task)
    {
        _rows[task.Id] = task;
        if (task.Progress.State == TaskState.Queued)
            _ready.AddLast(task.Id);
    }
}
