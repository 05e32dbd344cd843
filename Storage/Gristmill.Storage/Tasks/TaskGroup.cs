namespace Gristmill.Storage;

/// <summary>
/// What one partition writes in one transaction. Nobody changes the list once it is handed to a store.
/// </summary>
/// <param name="Partition">The partition of every task in it.</param>
/// <param name="Epoch">The writer's, from <see cref="ITaskStore.OpenPartitionAsync"/>.</param>
/// <param name="Sequence">One more than the partition's last group.</param>
/// <param name="Changes">Carried out in order; may be empty.</param>
public sealed record TaskGroup(int Partition, long Epoch, long Sequence, IReadOnlyList<TaskChange> Changes)
{
    /// <summary>Changes of schedules of the partition, carried out in order. None by default.</summary>
    public IReadOnlyList<ScheduleChange> Schedules { get; init; } = [];

    /// <summary>The same group with one change per task, for a store that writes all rows at once.</summary>
    /// <exception cref="InvalidOperationException">The changes of a task contradict each other.</exception>
    internal (List<StoredTask> Inserts, List<TaskUpdate> Updates) Coalesce()
    {
        var last = new Dictionary<TaskId, TaskChange>(Changes.Count);
        foreach (TaskChange change in Changes)
        {
            last[change.Id] = (last.GetValueOrDefault(change.Id), change) switch
            {
                (null, _) => change,
                (TaskInsert { Task: var task }, TaskUpdate { Progress: var next }) when !task.Progress.State.IsTerminal() =>
                    new TaskInsert(task with { Progress = next }),
                (TaskUpdate { Progress: var progress }, TaskUpdate) when !progress.State.IsTerminal() => change,
                _ => throw new InvalidOperationException($"Task {change.Id} is there, or over."),
            };
        }

        return ([.. last.Values.OfType<TaskInsert>().Select(insert => insert.Task)], [.. last.Values.OfType<TaskUpdate>()]);
    }

    /// <exception cref="ArgumentException">A task is of another partition, or holds what no store takes.</exception>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Partition, nameof(Partition));
        foreach (TaskChange change in Changes)
        {
            if (change.Id.Partition != Partition)
                throw new ArgumentException($"Task {change.Id} is of partition {change.Id.Partition}, not {Partition}.");
            change.Check();
        }

        foreach (ScheduleChange change in Schedules)
        {
            StoredText.Check(change.Id, nameof(change.Id));
            if (change is SchedulePut { Schedule: var schedule })
                StoredText.Check(schedule.Definition, nameof(schedule.Definition));
        }
    }
}

/// <summary>One row's change.</summary>
public abstract record TaskChange
{
    private protected TaskChange()
    {
    }

    public abstract TaskId Id { get; }

    internal abstract void Check();

    private protected static void Check(TaskProgress progress)
    {
        if (progress.State.IsTerminal() != progress.FinishedAt.HasValue)
            throw new ArgumentException($"A task has an end exactly when it is over; this one is {progress.State}.");
        if (progress.Executor is not null)
            StoredText.Check(progress.Executor, nameof(progress.Executor));
    }
}

/// <summary>A new task.</summary>
public sealed record TaskInsert(StoredTask Task) : TaskChange
{
    public override TaskId Id => Task.Id;

    internal override void Check()
    {
        Check(Task.Progress);
        if (!Task.HasInput)
            throw new ArgumentException($"Task {Id} says it has {Task.InputLength} bytes of input, and has {Task.Input.Length}.");
        StoredText.Check(Task.Kind, nameof(Task.Kind));
        StoredText.Check(Task.Queue, nameof(Task.Queue));
        if (Task.QueueKey is not null)
            StoredText.Check(Task.QueueKey, nameof(Task.QueueKey));
        if (Task.IdempotencyKey is not null)
            StoredText.Check(Task.IdempotencyKey, nameof(Task.IdempotencyKey));
        foreach (string tag in Task.Tags)
            StoredText.Check(tag, nameof(Task.Tags));
    }
}

/// <summary>The next step of a task that is not over.</summary>
public sealed record TaskUpdate(TaskId TaskId, TaskProgress Progress) : TaskChange
{
    public override TaskId Id => TaskId;

    internal override void Check() => Check(Progress);
}
