using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Gristmill.Storage;

namespace Gristmill.Grains.Tasks;

// Accepts tasks: each is refused, known already, or stored.
internal sealed partial class TaskPartitionGrain
{
    // Parsing a larger input would keep the others of this partition waiting.
    private const int LargeInput = 32 * 1024;

    // Inputs that may wait for their group; a single one is always taken.
    private const long MaxPendingBytes = 32 << 20;

    private readonly Dictionary<string, Task> _keysUnderWay = new(StringComparer.Ordinal);
    private int _pendingTasks;
    private long _pendingBytes;

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
}
