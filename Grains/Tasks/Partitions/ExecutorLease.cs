using System.Collections.Immutable;

namespace Gristmill.Grains.Tasks;

/// <summary>What a partition knows of one executor. Used within the partition's turns.</summary>
internal sealed class ExecutorLease(string executor, long seenAt)
{
    /// <summary>The executor and its incarnation, as rows name it.</summary>
    public string Executor { get; } = executor;

    /// <summary>When it was last heard of, as a timestamp of the monotonic clock.</summary>
    public long SeenAt { get; set; } = seenAt;

    /// <summary>The tasks that it was granted and has not completed.</summary>
    public Dictionary<TaskId, LiveTask> Held { get; } = [];

    /// <summary>Answers whose inputs are being read: grants that it cannot name yet.</summary>
    public int Deliveries { get; set; }

    /// <summary>Its waiting request for tasks; null when there is none.</summary>
    public LeasePoll? Poll { get; private set; }

    /// <summary>What its last request did not take. An executor that refuses kinds asks again soon.</summary>
    public ImmutableArray<RefusedKind> Refused { get; private set; } = [];

    /// <summary>When its last request came, as a timestamp of the monotonic clock; 0 before the first.</summary>
    public long AskedAt { get; private set; }

    /// <summary>The task that it said to run alone; null since it asked for others.</summary>
    public TaskId? Alone { get; set; }

    public void Begin(LeasePoll poll, ImmutableArray<RefusedKind> refused, long now)
    {
        Poll = poll;
        Alone = null;
        Refused = refused;
        AskedAt = now;
    }

    public void EndPoll() => Poll = null;
}

/// <summary>A request for tasks that waits for some to be ready. Used within the partition's turns.</summary>
internal sealed class LeasePoll(ExecutorLease lease, LeaseRequest request)
{
    // An answer is one message.
    private const long MaxInputBytes = 4 * 1024 * 1024;

    private readonly TaskCompletionSource<IReadOnlyList<GrantedTask>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _inputBytes;

    public ExecutorLease Lease { get; } = lease;

    public IReadOnlySet<string> RefusedKinds { get; } = request.RefusedKinds.Select(refused => refused.Kind).ToHashSet(StringComparer.Ordinal);

    /// <summary>Tasks that it still takes.</summary>
    public int Credit { get; private set; } = request.Credit;

    /// <summary>True when it takes one more task in the same answer.</summary>
    public bool HasRoom => Credit > 0 && _inputBytes < MaxInputBytes;

    /// <summary>True while a group under way holds grants for it: that group will answer it.</summary>
    public bool IsServed => Credit < request.Credit;

    public Task<IReadOnlyList<GrantedTask>> Answer => _answer.Task;

    /// <summary>A group under way holds one more grant for it.</summary>
    public void Serve(Storage.StoredTask task)
    {
        Credit--;
        _inputBytes += task.InputLength;
    }

    /// <summary>That group was not stored.</summary>
    public void TakeBack(Storage.StoredTask task)
    {
        Credit++;
        _inputBytes -= task.InputLength;
    }

    public void SetAnswer(IReadOnlyList<GrantedTask> grants) => _answer.TrySetResult(grants);
}

/// <summary>A task as its grant was written, with its input where that is at hand.</summary>
internal readonly record struct GrantedTask(Storage.StoredTask Task, LeasePoll Poll);
