using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gristmill.Storage;

namespace Gristmill.Grains.Tests.Tasks;

/// <summary>A store whose calls fail, stop or are counted as a test says, for each partition by itself.</summary>
internal sealed class ScriptedTaskStore(ITaskStore inner) : ITaskStore
{
    private readonly ConcurrentDictionary<int, Script> _scripts = [];
    private TaskCompletionSource _purged = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The rows as they are.</summary>
    public ITaskStore Inner => inner;

    /// <summary>False makes it take every group as if it were the next one, whoever writes it: a store without the fence.</summary>
    public bool IsFenced { get; init; } = true;

    /// <summary>Completes when the store is purged next.</summary>
    public Task NextPurge => _purged.Task;

    /// <summary>Groups of the partition that were stored.</summary>
    public int Commits(int partition) => Volatile.Read(ref Of(partition).Commits);

    /// <summary>Questions for tasks of the partition, of one or of many.</summary>
    public int Reads(int partition) => Volatile.Read(ref Of(partition).Reads);

    /// <summary>Bytes of input and output in the largest answer about many tasks of the partition.</summary>
    public long MostBytesRead(int partition) => Volatile.Read(ref Of(partition).MostBytesRead);

    /// <summary>What the next commits of the partition do instead, one after the other; the second argument commits.</summary>
    public void OnNextCommit(int partition, Func<TaskGroup, Func<Task>, Task> step) => Of(partition).OnCommit.Enqueue(step);

    /// <summary>The next commit fails and does nothing.</summary>
    public void FailNextCommit(int partition, Exception exception) => OnNextCommit(partition, (_, _) => throw exception);

    /// <summary>The next commit happens, and fails all the same.</summary>
    public void FailAfterNextCommit(int partition, Exception exception) => OnNextCommit(partition, async (_, commit) =>
    {
        await commit();
        throw exception;
    });

    /// <summary>The next commit stops before it does anything, until it is released.</summary>
    public StorePause PauseNextCommit(int partition)
    {
        var pause = new StorePause();
        OnNextCommit(partition, async (_, commit) =>
        {
            await pause.PassAsync();
            await commit();
        });
        return pause;
    }

    /// <summary>The next opening of the partition fails.</summary>
    public void FailNextOpen(int partition, Exception exception) => Of(partition).OnOpen.Enqueue(exception);

    /// <summary>The next question where the partition stands fails.</summary>
    public void FailNextPosition(int partition, Exception exception) => Of(partition).OnPosition.Enqueue(() => throw exception);

    /// <summary>The question after that stops until it is released.</summary>
    public StorePause PauseNextPosition(int partition)
    {
        var pause = new StorePause();
        Of(partition).OnPosition.Enqueue(pause.PassAsync);
        return pause;
    }

    /// <summary>The next read of some of the partition's tasks stops, with the rows as they are then, until it is released.</summary>
    public StorePause PauseNextRead(int partition)
    {
        var pause = new StorePause();
        Of(partition).OnRead.Enqueue(pause.PassAsync);
        return pause;
    }

    /// <summary>Counts the turns in which the next activation of the partition takes in its rows.</summary>
    public TurnCount CountTurnsOfNextAdoption(int partition)
    {
        var turns = new TurnCount();
        Of(partition).OnEnumerate.Enqueue(turns);
        return turns;
    }

    /// <summary>The next read of one of the partition's tasks fails.</summary>
    public void FailNextRead(int partition, Exception exception) => Of(partition).OnRead.Enqueue(() => throw exception);

    public ValueTask InitializeAsync(int partitionCount, CancellationToken cancellationToken = default) =>
        inner.InitializeAsync(partitionCount, cancellationToken);

    public ValueTask<PartitionPosition> OpenPartitionAsync(int partition, CancellationToken cancellationToken = default) =>
        Of(partition).OnOpen.TryDequeue(out Exception? exception) ? throw exception : inner.OpenPartitionAsync(partition, cancellationToken);

    public async ValueTask<PartitionPosition> ReadPositionAsync(int partition, CancellationToken cancellationToken = default)
    {
        if (Of(partition).OnPosition.TryDequeue(out Func<Task>? step))
            await step();
        return await inner.ReadPositionAsync(partition, cancellationToken);
    }

    public async ValueTask CommitAsync(TaskGroup group, CancellationToken cancellationToken = default)
    {
        Script script = Of(group.Partition);
        if (script.OnCommit.TryDequeue(out Func<TaskGroup, Func<Task>, Task>? step))
            await step(group, CommitAsync);
        else
            await CommitAsync();

        async Task CommitAsync()
        {
            await inner.CommitAsync(IsFenced ? group : await AsNextAsync(group), cancellationToken);
            Interlocked.Increment(ref script.Commits);
        }
    }

    public async IAsyncEnumerable<StoredTask> EnumerateLiveAsync(
        int partition, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Of(partition).OnEnumerate.TryDequeue(out TurnCount? turns);
        await foreach (StoredTask task in inner.EnumerateLiveAsync(partition, cancellationToken))
        {
            turns?.Look();
            yield return task;
        }
    }

    public async ValueTask<StoredTask?> ReadAsync(TaskId id, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref Of(id.Partition).Reads);
        StoredTask? task = await inner.ReadAsync(id, cancellationToken);
        if (Of(id.Partition).OnRead.TryDequeue(out Func<Task>? step))
            await step();
        return task;
    }

    public async ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> ReadManyAsync(
        IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default)
    {
        IReadOnlyDictionary<TaskId, StoredTask> tasks = await AnswerAsync(ids, inner.ReadManyAsync(ids, cancellationToken));
        Script script = Of(ids.First().Partition);
        script.MostBytesRead = Math.Max(script.MostBytesRead, tasks.Values.Sum(task => (long)task.Input.Length + task.Progress.Output.Length));
        return tasks;
    }

    public ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> DescribeManyAsync(
        IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default) =>
        AnswerAsync(ids, inner.DescribeManyAsync(ids, cancellationToken));

    public ValueTask<StoredTask?> FindByKeyAsync(int partition, string idempotencyKey, CancellationToken cancellationToken = default) =>
        inner.FindByKeyAsync(partition, idempotencyKey, cancellationToken);

    public ValueTask<TaskPage> ListAsync(TaskFilter filter, TaskId? before, int limit, CancellationToken cancellationToken = default) =>
        inner.ListAsync(filter, before, limit, cancellationToken);

    public ValueTask<ImmutableArray<StoredQueueSettings>> ReadQueuesAsync(CancellationToken cancellationToken = default) =>
        inner.ReadQueuesAsync(cancellationToken);

    public ValueTask WriteQueueAsync(StoredQueueSettings queue, CancellationToken cancellationToken = default) =>
        inner.WriteQueueAsync(queue, cancellationToken);

    public ValueTask<ImmutableArray<StoredSchedule>> ReadSchedulesAsync(int partition, CancellationToken cancellationToken = default) =>
        inner.ReadSchedulesAsync(partition, cancellationToken);

    public ValueTask<ImmutableArray<StoredSchedule>> ListSchedulesAsync(string? after, int limit, CancellationToken cancellationToken = default) =>
        inner.ListSchedulesAsync(after, limit, cancellationToken);

    public async ValueTask<TaskPurge> PurgeAsync(TaskRetention retention, TaskId? after, CancellationToken cancellationToken = default)
    {
        TaskPurge purge = await inner.PurgeAsync(retention, after, cancellationToken);
        Interlocked.Exchange(ref _purged, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        return purge;
    }

    public ValueTask PingAsync(CancellationToken cancellationToken = default) => inner.PingAsync(cancellationToken);

    private async ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> AnswerAsync(
        IReadOnlyCollection<TaskId> ids, ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> answer)
    {
        Script script = Of(ids.First().Partition);
        Interlocked.Increment(ref script.Reads);
        IReadOnlyDictionary<TaskId, StoredTask> tasks = await answer;
        if (script.OnRead.TryDequeue(out Func<Task>? step))
            await step();
        return tasks;
    }

    private async Task<TaskGroup> AsNextAsync(TaskGroup group)
    {
        PartitionPosition position = await inner.ReadPositionAsync(group.Partition);
        return group with { Epoch = position.Epoch, Sequence = position.Sequence + 1 };
    }

    private Script Of(int partition) => _scripts.GetOrAdd(partition, static _ => new Script());

    private sealed class Script
    {
        public int Commits;

        public int Reads;

        public long MostBytesRead;

        public ConcurrentQueue<Func<TaskGroup, Func<Task>, Task>> OnCommit { get; } = [];

        public ConcurrentQueue<Exception> OnOpen { get; } = [];

        public ConcurrentQueue<Func<Task>> OnPosition { get; } = [];

        public ConcurrentQueue<Func<Task>> OnRead { get; } = [];

        public ConcurrentQueue<TurnCount> OnEnumerate { get; } = [];
    }
}

/// <summary>The turns of a grain in which it looked: a turn that is queued at the first look of one begins when that one has ended.</summary>
internal sealed class TurnCount
{
    private bool _isInTurn;

    public int Count { get; private set; }

    public void Look()
    {
        if (_isInTurn)
            return;
        _isInTurn = true;
        Count++;
        _ = Task.Factory.StartNew(() => _isInTurn = false, CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Current);
    }
}

/// <summary>A call of the store that stands still until the test goes on.</summary>
internal sealed class StorePause
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the call stands still.</summary>
    public Task Reached => _reached.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public void Release() => _released.TrySetResult();

    public async Task PassAsync()
    {
        _reached.TrySetResult();
        await _released.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
