using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Gristmill.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Gristmill.Grains.Tasks;

/// <summary>
/// Holds the live tasks of its partition in memory and commits every change before it shows it. Reentrant: an operation waits for its group's commit
/// outside its turn, and operations are decided one after the other by the group writer.
/// </summary>
[Reentrant, KeepAlive, PartitionPlacement]
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "The timer goes with the activation.")]
internal sealed partial class TaskPartitionGrain(
    ITaskStore store, TaskEngine engine, TaskSteps steps, TaskMetrics metrics, ClusterView cluster, SiloStop stop, RetryRoom retries, IOptions<TaskOptions> options,
    TimeProvider time, ILogger<TaskPartitionGrain> logger)
    : Grain, ITaskPartitionGrain, ITaskLeaseGrain
{
    private static readonly TimeSpan s_maxPatience = TimeSpan.FromSeconds(20);

    // While the silo stops: calls are still served, and none keeps the activation from ending.
    private static readonly TimeSpan s_stopPatience = TimeSpan.FromMilliseconds(200);

    private readonly PartitionState _state = new(time);
    private GroupWriter _groups = null!;
    private int _partition;
    private int _maxLive;
    private CancellationTokenRegistration _onStop;

    public override Task OnActivateAsync(CancellationToken cancellationToken) => ErrorCallFilter.GuardAsync(() => OpenAsync(cancellationToken));

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        long key = this.GetPrimaryKeyLong();
        int partitions = options.Value.Partitions;
        if (key < 0 || key >= partitions)
            throw new ArgumentException($"There is no task partition {key}: Tasks:Partitions is {partitions}.");
        _partition = (int)key;
        _maxLive = Math.Max(1, options.Value.MaxLiveTasks / partitions);
        await cluster.ConfirmAsync(cancellationToken);
        PartitionPosition position = await store.OpenPartitionAsync(_partition, cancellationToken);
        _groups = new GroupWriter(store, _partition, position, _state, steps, metrics, time, logger)
        {
            OnLost = End,
            OnCommitted = OnCommitted,
        };
        await LoadQueuesAsync(cancellationToken);
        await LoadSchedulesAsync(cancellationToken);
        await AdoptAsync(cancellationToken);
        StartUpkeep();
        TaskScheduler turns = TaskScheduler.Current;
        _onStop = stop.Begun.Register(
            () => _ = Task.Factory.StartNew(LetGo, CancellationToken.None, TaskCreationOptions.DenyChildAttach, turns));
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _onStop.DisposeAsync();
        _groups?.Close(new UnavailableException("The partition's activation has ended."));
        foreach (PermitExchange exchange in _exchanges.Values)
            exchange.Close();
        await (_groups?.Idle ?? Task.CompletedTask);
        metrics.LiveChanged(-_state.Count);
        if (_reading is not null)
            metrics.Remove(_reading);
    }

    public async Task<TaskInfo?> GetAsync(TaskId id, CancellationToken cancellationToken = default) =>
        (await FindAsync(id, cancellationToken)).Info;

    public async Task<TaskInfo?> WatchAsync(TaskId id, long? seen, TimeSpan patience, CancellationToken cancellationToken = default)
    {
        (LiveTask? task, TaskInfo? info) = await FindAsync(id, cancellationToken);
        if (task is null)
            return info;
        // It may have changed since: between the answer and its receipt lies a turn.
        info = Describe(task);
        if (seen != info.Version || info.State.IsTerminal())
            return info;
        await WaitForAsync(task.Changed, patience, cancellationToken);
        _groups.ThrowIfLost();
        return Describe(task);
    }

    public async Task<TaskInfo?> WaitAsync(TaskId id, TimeSpan patience, CancellationToken cancellationToken = default)
    {
        (LiveTask? task, TaskInfo? info) = await FindAsync(id, cancellationToken);
        if (task is null)
            return info;
        long start = time.GetTimestamp();
        while (!task.Progress.State.IsTerminal()
            && await WaitForAsync(task.Changed, patience - time.GetElapsedTime(start), cancellationToken))
        {
            _groups.ThrowIfLost();
        }

        return Describe(task);
    }

    public async Task<ImmutableArray<TaskReply>> CancelAsync(ImmutableArray<TaskId> ids, CancellationToken cancellationToken = default)
    {
        foreach (TaskId id in ids)
            ThrowUnlessOurs(id);
        var replies = new TaskReply?[ids.Length];
        var running = new List<(string Executor, TaskId Id)>();
        await _groups.WriteAsync(draft =>
        {
            running.Clear();
            for (int i = 0; i < ids.Length; i++)
            {
                if (draft.Find(ids[i]) is not { } task || task.Progress.State.IsTerminal())
                    continue;
                replies[i] = new TaskReply(task.Id, Cancel(draft, task, running), Done: true);
            }

            return true;
        }).WaitAsync(cancellationToken);

        AskToStop(running);
        if (replies.Contains(null))
        {
            IReadOnlyDictionary<TaskId, StoredTask> rows = await store.DescribeManyAsync([.. ids.Where((_, i) => replies[i] is null)], cancellationToken);
            for (int i = 0; i < ids.Length; i++)
                replies[i] ??= new TaskReply(ids[i], rows.GetValueOrDefault(ids[i])?.Progress.State, Done: false);
        }

        return [.. replies!];
    }

    /// <summary>The live task, or what the store has of one that is over.</summary>
    private async ValueTask<(LiveTask? Task, TaskInfo? Info)> FindAsync(TaskId id, CancellationToken cancellationToken)
    {
        ThrowUnlessOurs(id);
        for (bool isSecondLook = false; ; isSecondLook = true)
        {
            _groups.ThrowIfLost();
            if (_state.TryGet(id, out LiveTask? task))
                return (task, Describe(task));
            StoredTask? stored = await store.ReadAsync(id, cancellationToken);
            if (stored is null)
                return (null, null);
            // One that is still not known here is another activation's.
            if (stored.Progress.State.IsTerminal() || isSecondLook)
                return (null, TaskDescriptions.Of(stored));
            // Its group is stored and not yet applied.
            await _groups.WriteAsync(static _ => true).WaitAsync(cancellationToken);
        }
    }

    private TaskInfo Describe(LiveTask task) => task.Progress.State.IsTerminal()
        ? TaskDescriptions.Of(task.Stored)
        : TaskDescriptions.Of(task.Stored) with
        {
            Version = ((long)_groups.Epoch << 32) + task.Version,
            Progress = task.Progress.State == TaskState.Running ? task.HandlerProgress : null,
            WaitReason = WaitReasonOf(task),
        };

    private string? WaitReasonOf(LiveTask task) => task.Progress.State switch
    {
        TaskState.Scheduled when task.Progress.Failures > 0 => $"It failed and is tried again at {task.Progress.DueAt.UtcDateTime:O}.",
        TaskState.Scheduled => $"It is not due before {task.Progress.DueAt.UtcDateTime:O}.",
        TaskState.Queued => WhyQueued(task),
        _ => null,
    };

    /// <summary>True when it happened, false when the patience was over first.</summary>
    private async Task<bool> WaitForAsync(Task task, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (patience <= TimeSpan.Zero)
            return task.IsCompleted;
        try
        {
            TimeSpan most = stop.Begun.IsCancellationRequested ? s_stopPatience : s_maxPatience;
            await task.WaitAsync(patience < most ? patience : most, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Nothing can be written any more. The activation ends when nobody waits in it: so nobody is left to wait.</summary>
    private void End()
    {
        _state.WakeAll();
        DeactivateOnIdle();
    }

    /// <summary>The silo begins to stop: whoever waits is answered as things are now.</summary>
    private void LetGo()
    {
        foreach (ExecutorLease lease in _state.Leases)
            EndPoll(lease);
        _state.WakeAll();
    }

    /// <summary>Cancels a task that is not over.</summary>
    /// <param name="draft">The group that is being put together.</param>
    /// <param name="task">The task as it is in the group so far.</param>
    /// <param name="running">Gets the task if its handler has to be asked, to be done after the commit.</param>
    /// <returns>The task's state from then on.</returns>
    private TaskState Cancel(GroupDraft draft, StoredTask task, List<(string Executor, TaskId Id)> running)
    {
        TaskProgress cancelled = steps.Cancel(task.Progress);
        if (cancelled != task.Progress)
            draft.Update(task, cancelled);
        if (cancelled.State == TaskState.Running)
            running.Add((cancelled.Executor!, task.Id));
        return cancelled.State;
    }

    private void AskToStop(List<(string Executor, TaskId Id)> running)
    {
        foreach (IGrouping<string, TaskId> held in running.GroupBy(held => held.Executor, held => held.Id, StringComparer.Ordinal))
            AskToStop(held.Key, [.. held]);
    }

    private void AskToStop(string executor, ImmutableArray<TaskId> ids)
    {
        _ = AskAsync();

        async Task AskAsync()
        {
            try
            {
                await GrainFactory.GetGrain<ITaskExecutorGrain>(ExecutorName.SiloOf(executor)).CancelAsync(ids);
            }
            catch (Exception exception)
            {
                // The answer to its next heartbeat asks again.
                LogAskFailed(exception, _partition, executor);
            }
        }
    }

    private void ThrowUnlessOurs(TaskId id)
    {
        if (id.Partition != _partition)
            throw new ArgumentException($"Task {id} does not belong to partition {_partition}.");
    }

    [LoggerMessage(3104, LogLevel.Information, "Task partition {Partition}: executor {Executor} could not be asked to stop tasks.")]
    private partial void LogAskFailed(Exception exception, int partition, string executor);
}
