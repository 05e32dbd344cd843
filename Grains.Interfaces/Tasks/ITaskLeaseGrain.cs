using System.Collections.Immutable;

namespace Gristmill.Grains.Tasks;

/// <summary>The face that a task partition shows to executors; the key is the partition.</summary>
[Alias("gm.ITaskLeaseGrain")]
public interface ITaskLeaseGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Grants tasks, at most as many as the executor has credit for; waits for one where none is ready. A grant is on stable storage
    /// before it is answered.
    /// </summary>
    [Alias("Lease")]
    Task<ImmutableArray<TaskGrant>> LeaseAsync(LeaseRequest request, CancellationToken cancellationToken = default);

    /// <summary>Records how grants ended. May be repeated until it is answered.</summary>
    /// <returns>An answer for each, in order.</returns>
    [Alias("Complete")]
    Task<ImmutableArray<CompletionReply>> CompleteAsync(string executor, ImmutableArray<TaskCompletion> completions);

    /// <summary>Says that the executor lives, and which grants of this partition it holds, ended ones that were not answered included.</summary>
    /// <param name="executor">Who says so.</param>
    /// <param name="held">The grants.</param>
    /// <param name="alone">The task, of whatever partition, that the executor runs with nothing else beside it, or is about to; null when there is none.</param>
    /// <returns>Those among them whose handlers are to stop.</returns>
    [Alias("Heartbeat")]
    Task<ImmutableArray<HeldGrant>> HeartbeatAsync(string executor, ImmutableArray<HeldGrant> held, TaskId? alone = null);

    /// <summary>
    /// The executor's process is about to end with these grants' handlers still running: whoever opens the partition next runs them again, at
    /// no cost in attempts or crashes.
    /// </summary>
    [Alias("Leave")]
    Task LeaveAsync(string executor, ImmutableArray<HeldGrant> held);
}

/// <summary>What an executor asks for.</summary>
/// <param name="Executor">The executor and its incarnation: never the same after a restart.</param>
/// <param name="Credit">Tasks that it takes now, 1 or more.</param>
/// <param name="RefusedKinds">Kinds that it does not run at present.</param>
/// <param name="Patience">How long to wait for a task, at most 10 s.</param>
[GenerateSerializer, Immutable, Alias("gm.LeaseRequest")]
public sealed record LeaseRequest(
    [property: Id(0)] string Executor,
    [property: Id(1)] int Credit,
    [property: Id(2)] ImmutableArray<RefusedKind> RefusedKinds,
    [property: Id(3)] TimeSpan Patience);

/// <summary>A kind that an executor does not run at present.</summary>
/// <param name="Kind">Its name.</param>
/// <param name="Reason">Why, as a sentence: an open circuit breaker, no handler, no memory.</param>
[GenerateSerializer, Immutable, Alias("gm.RefusedKind")]
public sealed record RefusedKind([property: Id(0)] string Kind, [property: Id(1)] string Reason);

/// <summary>The right, and the duty, to run a task's handler once.</summary>
/// <param name="Id">The task.</param>
/// <param name="Number">Raised by each grant of the task; a completion counts only with the last.</param>
/// <param name="Kind">What runs.</param>
/// <param name="Input">The input bytes.</param>
/// <param name="Format">How to read them.</param>
/// <param name="Priority">0 to 9, 9 first.</param>
/// <param name="Attempt">1 for the first.</param>
/// <param name="Timeout">How long the handler may run.</param>
/// <param name="Deadline">Finish by; null means never too late.</param>
/// <param name="Alone">True when the task was there when an executor was lost: nothing else may run beside it.</param>
/// <param name="Epoch">Of the partition's activation that wrote the grant.</param>
[GenerateSerializer, Immutable, Alias("gm.TaskGrant")]
public sealed record TaskGrant(
    [property: Id(0)] TaskId Id,
    [property: Id(1)] long Number,
    [property: Id(2)] string Kind,
    [property: Id(3)] ReadOnlyMemory<byte> Input,
    [property: Id(4)] PayloadFormat Format,
    [property: Id(5)] int Priority,
    [property: Id(6)] int Attempt,
    [property: Id(7)] TimeSpan Timeout,
    [property: Id(8)] DateTimeOffset? Deadline,
    [property: Id(9)] bool Alone,
    [property: Id(10)] long Epoch);

/// <summary>How a grant ended. The numbers are sent: they never change.</summary>
public enum GrantEnd
{
    Succeeded = 0,

    /// <summary>The handler failed; the partition decides about another attempt.</summary>
    Failed = 1,

    /// <summary>The handler ran over its time-out, or refused its input: no other attempt.</summary>
    FailedForGood = 2,

    Cancelled = 3,

    /// <summary>The deadline passed.</summary>
    Expired = 4,

    /// <summary>The handler was not begun: the grant goes back.</summary>
    Returned = 5,
}

/// <summary>The end of a grant.</summary>
/// <param name="Id">The task.</param>
/// <param name="Grant">The grant's number.</param>
/// <param name="End">How it ended.</param>
/// <param name="Output">The JSON output; empty unless the task succeeded.</param>
/// <param name="Error">Why it did not succeed; null when it did.</param>
[GenerateSerializer, Immutable, Alias("gm.TaskCompletion")]
public sealed record TaskCompletion(
    [property: Id(0)] TaskId Id,
    [property: Id(1)] long Grant,
    [property: Id(2)] GrantEnd End,
    [property: Id(3)] ReadOnlyMemory<byte> Output,
    [property: Id(4)] TaskError? Error);

/// <summary>What became of a completion. The numbers are sent: they never change.</summary>
public enum CompletionReply
{
    Recorded = 0,

    /// <summary>It was recorded before: the answer to that was lost.</summary>
    AlreadyRecorded = 1,

    /// <summary>The grant is not the task's last one any more.</summary>
    Refused = 2,
}

/// <summary>A grant that an executor holds.</summary>
/// <param name="Id">The task.</param>
/// <param name="Grant">The grant's number.</param>
/// <param name="Progress">What the handler reported last, 0 to 1.</param>
[GenerateSerializer, Immutable, Alias("gm.HeldGrant")]
public sealed record HeldGrant([property: Id(0)] TaskId Id, [property: Id(1)] long Grant, [property: Id(2)] double Progress);
