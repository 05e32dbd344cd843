using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Tests.Tasks;

/// <summary>Task partitions without a cluster: they keep what they are told, and run nothing.</summary>
internal sealed class FakeTasks : ITaskQueryGrain
{
    private readonly ConcurrentDictionary<TaskId, TaskInfo> _tasks = new();
    private readonly FakePartition[] _partitions;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FakeTasks(int partitions)
    {
        _partitions = [.. Enumerable.Range(0, partitions).Select(_ => new FakePartition(this))];
        Factory = DispatchProxy.Create<IGrainFactory, GrainFactory>();
        ((GrainFactory)Factory).Tasks = this;
    }

    public IGrainFactory Factory { get; }

    /// <summary>Every call that brought new tasks, in the order of arrival.</summary>
    public ConcurrentQueue<ImmutableArray<NewTask>> Submissions { get; } = new();

    /// <summary>What a partition makes of a new task; accepts it unless a test says otherwise.</summary>
    public Func<NewTask, SubmitReply> Answer { get; set; } = task => new SubmitReply(task.Id, TaskState.Queued);

    /// <summary>What a partition makes of a task that is to run again; makes a new one unless a test says otherwise.</summary>
    public Func<TaskId, TaskReply> AnswerToRetry { get; set; } = _ => new TaskReply(TaskId.New(0, TimeProvider.System), TaskState.Queued, Done: true);

    /// <summary>What goes wrong in a list that is to begin below a task; nothing unless a test says otherwise.</summary>
    public Action<TaskId?> BeforeList { get; set; } = _ => { };

    /// <summary>What goes wrong when a partition is asked for a task or its end; nothing unless a test says otherwise.</summary>
    public Action BeforeAsk { get; set; } = () => { };

    /// <summary>Answers that are lost on their way before one arrives.</summary>
    public int LostAnswers { get; set; }

    /// <summary>Completes when somebody waits for a change.</summary>
    public TaskCompletionSource Watched { get; private set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when somebody waits for a task's end.</summary>
    public TaskCompletionSource Waited { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Set(TaskInfo task)
    {
        _tasks.AddOrUpdate(task.Id, task, (_, old) => task with { Version = old.Version + 1 });
        Watched = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    public static TaskInfo Describe(TaskId id, TaskState state) => new()
    {
        Id = id, Kind = "k", Queue = "default", Priority = 5, Timeout = TimeSpan.FromMinutes(5), MaxAttempts = 3, State = state, DueAt = id.CreatedAt,
        StartedAt = state >= TaskState.Running ? id.CreatedAt : null, FinishedAt = state.IsTerminal() ? id.CreatedAt.AddSeconds(1) : null,
    };

    public Task<int> CountPartitionsAsync(CancellationToken cancellationToken = default) => Task.FromResult(_partitions.Length);

    public Task<TaskListPage> ListAsync(TaskQuery query, CancellationToken cancellationToken = default)
    {
        BeforeList(query.Before);
        TaskInfo[] found =
        [
            .. _tasks.Values.Where(task => (query.State is null || task.State == query.State) && !(query.IsLive && task.State.IsTerminal()) && (query.Before is null || task.Id < query.Before))
                .OrderByDescending(task => task.Id).Take(query.Limit + 1),
        ];
        bool more = found.Length > query.Limit;
        return Task.FromResult(new TaskListPage([.. found.Take(query.Limit)], more ? found[query.Limit - 1].Id : null));
    }

    private async Task<TaskInfo?> WaitAsync(TaskId id, Func<TaskInfo, bool> until, TimeSpan patience, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed = _changed.Task;
            TaskInfo? task = _tasks.GetValueOrDefault(id);
            if (task is null || until(task))
                return task;
            Watched.TrySetResult();
            try
            {
                await changed.WaitAsync(patience, cancellationToken);
            }
            catch (TimeoutException)
            {
                return task;
            }
        }
    }

    private sealed class FakePartition(FakeTasks tasks) : ITaskPartitionGrain
    {
        public Task<ImmutableArray<SubmitReply>> SubmitAsync(ImmutableArray<NewTask> submitted, CancellationToken cancellationToken = default)
        {
            tasks.Submissions.Enqueue(submitted);
            if (tasks.LostAnswers-- > 0)
                throw new TimeoutException("The answer was lost.");
            return Task.FromResult(submitted.Select(tasks.Answer).ToImmutableArray());
        }

        public Task<TaskInfo?> GetAsync(TaskId id, CancellationToken cancellationToken = default)
        {
            tasks.BeforeAsk();
            return Task.FromResult(tasks._tasks.GetValueOrDefault(id));
        }

        public Task<TaskInfo?> WatchAsync(TaskId id, long? seen, TimeSpan patience, CancellationToken cancellationToken = default) =>
            tasks.WaitAsync(id, task => task.Version != seen, patience, cancellationToken);

        public Task<TaskInfo?> WaitAsync(TaskId id, TimeSpan patience, CancellationToken cancellationToken = default)
        {
            tasks.Waited.TrySetResult();
            tasks.BeforeAsk();
            return tasks.WaitAsync(id, task => task.State.IsTerminal(), patience, cancellationToken);
        }

        public Task<ImmutableArray<TaskReply>> CancelAsync(ImmutableArray<TaskId> ids, CancellationToken cancellationToken = default) =>
            Task.FromResult(ids.Select(Cancel).ToImmutableArray());

        public Task<ImmutableArray<TaskReply>> RetryAsync(ImmutableArray<TaskId> ids, CancellationToken cancellationToken = default) =>
            Task.FromResult(ids.Select(id => tasks.AnswerToRetry(id)).ToImmutableArray());

        private TaskReply Cancel(TaskId id)
        {
            tasks.Set(tasks._tasks[id] with { State = TaskState.Cancelled });
            return new TaskReply(id, TaskState.Cancelled, Done: true);
        }
    }

    /// <summary>Knows the grains above; a proxy, as the interface has many members that nobody here calls.</summary>
    [SuppressMessage("Performance", "CA1852:Seal internal types", Justification = "The proxy derives from it.")]
    internal class GrainFactory : DispatchProxy
    {
        public FakeTasks Tasks { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.ReturnType == typeof(ITaskQueryGrain))
                return Tasks;
            if (targetMethod.ReturnType == typeof(ITaskPartitionGrain))
                return Tasks._partitions[(long)args![0]!];
            throw new NotSupportedException($"There is no {targetMethod.ReturnType.Name} here.");
        }
    }
}
