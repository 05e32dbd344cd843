using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
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
    // Parsing a larger input would keep the others of this partition waiting.
    private const int LargeInput = 32 * 1024;

    // Inputs that may wait for their group; a single one is always taken.
    private const long MaxPendingBytes = 32 << 20;

    // Of one retry of many tasks.
    private const long MaxRetryBytes = 4 << 20;
    private const int MaxRetryReads = 16;

    private static readonly TimeSpan s_maxPatience = TimeSpan.FromSeconds(20);

    // Half of what a gateway waits for an answer: one that gives up asks again, and what was not told to it is done twice.
    private static readonly TimeSpan s_maxRetryTime = TimeSpan.FromSeconds(5);

    // While the silo stops: calls are still served, and none keeps the activation from ending.
    private static readonly TimeSpan s_stopPatience = TimeSpan.FromMilliseconds(200);

    private readonly PartitionState _state = new(time);
    private readonly Dictionary<string, Task> _keysUnderWay = new(StringComparer.Ordinal);
    private GroupWriter _groups = null!;
    private int _partition;
    private int _maxLive;
    private CancellationTokenRegistration _onStop;
    private int _pendingTasks;
    private long _pendingBytes;

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

    public async Task<ImmutableArray<SubmitReply>> SubmitAsync(ImmutableArray<NewTask> tasks, CancellationToken cancellationToken = default)
    {
        foreach (NewTask task in tasks)
            ThrowUnlessOurs(task.Id);
        var replies = new SubmitReply[tasks.Length];
        var plain = new List<(int Index, StoredTask Task)>(tasks.Length);
        List<Task>? searches = null;
        for (int i = 0; i < tasks.Length; i++)
        {
            int index = i;
            NewTask task = tasks[i];
            if (task.IdempotencyKey is not null || task.IsRepeat)
                (searches ??= []).Add(SearchAndSubmitAsync(task, reply => replies[index] = reply));
            else if (await RefusalOfAsync(task) is { } refusal)
                replies[i] = new SubmitReply(task.Id, default, refusal);
            else
                plain.Add((i, Translate(task)));
        }

        Task submitted = plain.Count == 0 ? Task.CompletedTask : SubmitPlainAsync();
        await (searches is null ? submitted : Task.WhenAll([submitted, .. searches])).WaitAsync(cancellationToken);
        return ImmutableCollectionsMarshal.AsImmutableArray(replies);

        // Async, so that a refusal leaves no search behind that nobody waits for.
        async Task SubmitPlainAsync()
        {
            using PendingSubmission? room = TryReserve(plain.Count, plain.Sum(task => (long)task.Task.InputLength));
            if (room is null)
            {
                foreach ((int index, StoredTask task) in plain)
                    replies[index] = new SubmitReply(task.Id, default, Full());
                return;
            }

            await _groups.WriteAsync(draft => Submit(draft, plain, replies));
        }
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

    public async Task<ImmutableArray<TaskReply>> RetryAsync(ImmutableArray<TaskId> ids, CancellationToken cancellationToken = default)
    {
        foreach (TaskId id in ids)
            ThrowUnlessOurs(id);
        long start = time.GetTimestamp();
        IReadOnlyDictionary<TaskId, StoredTask> rows = await store.DescribeManyAsync(ids, cancellationToken);
        var replies = new TaskReply[ids.Length];
        for (int i = 0; i < ids.Length; i++)
            replies[i] = new TaskReply(ids[i], rows.GetValueOrDefault(ids[i])?.Progress.State, Done: false);
        (int Index, StoredTask Task)[] over =
            [.. Enumerable.Range(0, ids.Length).Where(i => replies[i].State?.IsTerminal() == true).Select(i => (i, rows[ids[i]]))];
        for (int done = 0; done < over.Length;)
        {
            Span<(int Index, StoredTask Task)> rest = over.AsSpan(done);
            (int Index, StoredTask Task)[] slice = rest[..RetrySlice(rest)].ToArray();
            try
            {
                // What was done must be told before the call is given up.
                if (done > 0 && time.GetElapsedTime(start) > s_maxRetryTime)
                    throw new UnavailableException("The store is slow: call again for the rest.");
                await RetryAsync(slice, replies).WaitAsync(cancellationToken);
            }
            catch (GristmillException failure) when (done > 0)
            {
                foreach ((int index, _) in over[done..])
                    replies[index] = replies[index] with { Error = failure.ToError() };
                break;
            }

            done += slice.Length;
        }

        return [.. replies];
    }

    /// <summary>How many of the tasks are read and written at once: their inputs are in memory meanwhile, and perhaps long outputs with them.</summary>
    private static int RetrySlice(ReadOnlySpan<(int Index, StoredTask Task)> over)
    {
        long bytes = 0;
        int cut = 0;
        for (int count = 0; count < over.Length; count++)
        {
            StoredTask task = over[count].Task;
            bytes += task.InputLength;
            cut += task.HasInput ? 0 : 1;
            if (count > 0 && (bytes > MaxRetryBytes || cut > MaxRetryReads))
                return count;
        }

        return over.Length;
    }

    private async Task RetryAsync((int Index, StoredTask Task)[] over, TaskReply[] replies)
    {
        await retries.EnterAsync();
        try
        {
            await RetrySliceAsync(over, replies);
        }
        finally
        {
            retries.Exit();
        }
    }

    private async Task RetrySliceAsync((int Index, StoredTask Task)[] over, TaskReply[] replies)
    {
        using PendingSubmission? room = TryReserve(over.Length, over.Sum(old => (long)old.Task.InputLength));
        if (room is null)
        {
            foreach ((int index, _) in over)
                replies[index] = replies[index] with { Error = Full() };
            return;
        }

        IReadOnlyDictionary<TaskId, StoredTask> rows = await ReadLongInputsAsync(over.Select(old => old.Task));
        var again = new List<(int Index, StoredTask Task)>(over.Length);
        foreach ((int index, StoredTask old) in over)
        {
            if (old.HasInput)
                again.Add((index, Again(old)));
            else if (rows.TryGetValue(old.Id, out StoredTask? row))
                again.Add((index, Again(row)));
            else
                // Purged meanwhile.
                replies[index] = replies[index] with { State = null };
        }

        var submitted = new SubmitReply[replies.Length];
        await _groups.WriteAsync(draft => Submit(draft, again, submitted));
        foreach ((int index, _) in again)
        {
            SubmitReply made = submitted[index];
            replies[index] = made.Error is { } error
                ? replies[index] with { Error = error }
                : new TaskReply(made.Id, made.State, Done: true);
        }
    }

    /// <summary>The rows of those whose input is too long to be kept with them.</summary>
    private async ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> ReadLongInputsAsync(IEnumerable<StoredTask> tasks)
    {
        TaskId[] ids = [.. tasks.Where(task => !task.HasInput).Select(task => task.Id)];
        return ids.Length == 0 ? ImmutableDictionary<TaskId, StoredTask>.Empty : await store.ReadManyAsync(ids);
    }

    /// <summary>What keeps the task from being accepted, whatever else there is in the partition.</summary>
    private async ValueTask<TaskError?> RefusalOfAsync(NewTask task)
    {
        if (!engine.Kinds.TryGet(task.Kind, out TaskKind? kind))
            return new UnknownTaskKindException(task.Kind, engine.Kinds.Nearest(task.Kind)).ToError();
        if (task.Format == PayloadFormat.Binary && kind.BinaryInput.Count == 0)
            return new InvalidTaskInputException($"The task kind '{kind.Name}' takes JSON only.", []).ToError();
        if (FaultOfTexts(task) is { } fault)
            return fault.ToError();
        try
        {
            var payload = new TaskPayload(task.Input, task.Format);
            if (task.Input.Length > LargeInput)
                await Task.Run(() => kind.CheckInput(payload));
            else
                kind.CheckInput(payload);
            return null;
        }
        catch (InvalidTaskInputException invalid)
        {
            return invalid.ToError().OfInput();
        }
    }

    // One that no store takes would fail the group, and everybody else in it.
    private static InvalidTaskInputException? FaultOfTexts(NewTask task) =>
        FaultOf("queue", task.Queue) ?? FaultOf("queueKey", task.QueueKey) ?? task.Tags.Select(tag => FaultOf("tags", tag)).FirstOrDefault(fault => fault is not null);

    private static InvalidTaskInputException? FaultOf(string field, string? text) =>
        text is not null && StoredText.FaultOf(text) is { } fault ? new InvalidTaskInputException(field, fault) : null;

    private bool Submit(GroupDraft draft, List<(int Index, StoredTask Task)> tasks, SubmitReply[] replies)
    {
        foreach ((int index, StoredTask task) in tasks)
        {
            if (draft.Find(task.Id) is { } known)
            {
                replies[index] = new SubmitReply(task.Id, known.Progress.State);
            }
            else if (IsFull(draft))
            {
                replies[index] = new SubmitReply(task.Id, default, Full());
            }
            else
            {
                draft.Insert(task);
                replies[index] = new SubmitReply(task.Id, task.Progress.State);
            }
        }

        return true;
    }

    /// <summary>Submits a task that may be there already. One at a time for each key, so that nobody else can make it between search and commit.</summary>
    private async Task SearchAndSubmitAsync(NewTask task, Action<SubmitReply> reply)
    {
        string key = task.IdempotencyKey ?? task.Id.ToString();
        while (_keysUnderWay.TryGetValue(key, out Task? other) && !other.IsCompleted)
            await other.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        Task own = SearchAndSubmitAloneAsync(task, reply);
        _keysUnderWay[key] = own;
        try
        {
            await own;
        }
        finally
        {
            // Unless somebody else has begun between the end and this turn.
            ((ICollection<KeyValuePair<string, Task>>)_keysUnderWay).Remove(new KeyValuePair<string, Task>(key, own));
        }
    }

    private async Task SearchAndSubmitAloneAsync(NewTask task, Action<SubmitReply> reply)
    {
        if (FaultOf("Idempotency-Key", task.IdempotencyKey) is { } wrong)
        {
            reply(new SubmitReply(task.Id, default, wrong.ToError()));
            return;
        }

        StoredTask? known = task.IdempotencyKey is { } key ? await store.FindByKeyAsync(_partition, key) : null;
        if (known is not null && !known.BodyHash.Span.SequenceEqual(task.BodyHash.Span))
        {
            reply(new SubmitReply(known.Id, known.Progress.State, new TaskError(
                ErrorCodes.IdempotencyMismatch, "The Idempotency-Key was used before, with another request.", IsTransient: false)));
            return;
        }

        if (task.IsRepeat)
            known ??= await store.ReadAsync(task.Id);
        if (known is not null)
        {
            reply(new SubmitReply(known.Id, _state.TryGet(known.Id, out LiveTask? live) ? live.Progress.State : known.Progress.State));
            return;
        }

        // Not before: a task that is there is answered, whatever has become of its deadline or its kind.
        if ((LateRefusalOf(task) ?? await RefusalOfAsync(task)) is { } refusal)
        {
            reply(new SubmitReply(task.Id, default, refusal));
            return;
        }

        using PendingSubmission? room = TryReserve(1, task.Input.Length);
        if (room is null)
        {
            reply(new SubmitReply(task.Id, default, Full()));
            return;
        }

        var replies = new SubmitReply[1];
        await _groups.WriteAsync(draft => Submit(draft, [(0, Translate(task))], replies));
        reply(replies[0]);
    }

    // Where there is no key, the gateway has looked.
    private TaskError? LateRefusalOf(NewTask task) =>
        task.IdempotencyKey is not null && TaskDeadline.FaultOf(task.Deadline, task.RunAt, steps.Now()) is { } fault
            ? new InvalidTaskInputException("deadline", fault).ToError()
            : null;

    private bool IsFull(GroupDraft draft) => _state.Count + draft.InsertCount >= _maxLive;

    private TaskError Full() => new QueueFullException(_maxLive, TimeSpan.FromSeconds(1)).ToError() with
    {
        Message = $"Task partition {_partition} is full: it has its share, {_maxLive}, of Tasks:MaxLiveTasks.",
    };

    /// <summary>Room among the submissions that wait for a group, or null when there is none: a slow store must not let them pile up.</summary>
    private PendingSubmission? TryReserve(int tasks, long bytes)
    {
        if (_state.Count + _pendingTasks >= _maxLive || _pendingBytes >= MaxPendingBytes)
            return null;
        return new PendingSubmission(this, tasks, bytes);
    }

    private sealed class PendingSubmission : IDisposable
    {
        private readonly TaskPartitionGrain _partition;
        private readonly int _tasks;
        private readonly long _bytes;

        public PendingSubmission(TaskPartitionGrain partition, int tasks, long bytes)
        {
            (_partition, _tasks, _bytes) = (partition, tasks, bytes);
            partition._pendingTasks += tasks;
            partition._pendingBytes += bytes;
        }

        public void Dispose()
        {
            _partition._pendingTasks -= _tasks;
            _partition._pendingBytes -= _bytes;
        }
    }

    private StoredTask Translate(NewTask task)
    {
        TaskKind kind = engine.Kinds.TryGet(task.Kind, out TaskKind? found) ? found : throw new InvalidOperationException("Checked before.");
        DateTimeOffset now = steps.Now();
        DateTimeOffset dueAt = task.RunAt > now ? TaskSteps.ToMilliseconds(task.RunAt.Value) : now;
        return new StoredTask
        {
            Id = task.Id,
            Kind = kind.Name,
            Queue = task.Queue ?? kind.Queue,
            QueueKey = task.QueueKey,
            Priority = task.Priority,
            Owner = task.Owner,
            Tags = task.Tags,
            Format = task.Format,
            Input = task.Input,
            InputLength = task.Input.Length,
            Timeout = task.Timeout ?? kind.Timeout,
            MaxAttempts = task.MaxAttempts ?? kind.MaxAttempts,
            Deadline = task.Deadline is { } deadline ? TaskSteps.ToMilliseconds(deadline) : null,
            IdempotencyKey = task.IdempotencyKey,
            BodyHash = task.BodyHash,
            Progress = new TaskProgress { State = dueAt > now ? TaskState.Scheduled : TaskState.Queued, DueAt = dueAt },
        };
    }

    private StoredTask Again(StoredTask old) => old with
    {
        Id = TaskId.New(_partition, time),
        RetryOf = old.Id,
        Deadline = null,
        IdempotencyKey = null,
        BodyHash = default,
        Progress = new TaskProgress { State = TaskState.Queued, DueAt = steps.Now() },
    };

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
