using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Gristmill.Grains.Queues;

/// <summary>
/// The face that a queue shows to task partitions: who may start how many of its tasks. A partition has at most one call under way that counts: the
/// grain believes the call with the highest number, and the partition the answer to it, so that a call or an answer that is lost or late costs
/// permits until the next call, and never makes any.
/// </summary>
[Alias("gm.IQueuePermitGrain")]
public interface IQueuePermitGrain : IGrainWithStringKey
{
    /// <summary>
    /// Says what the partition holds and wants, and answers with what it gets; waits while it gets nothing, up to <see cref="PermitRequest.Patience"/>.
    /// </summary>
    [Alias("Exchange")]
    Task<PermitReply> ExchangeAsync(PermitRequest request);

    /// <summary>
    /// The partition has something else to say or to ask: if the call waits, it is to be answered now. The answer counts as any other: nothing that is on
    /// its way is thrown away because more is wanted meanwhile, however long the way.
    /// </summary>
    [OneWay, Alias("Hurry")]
    Task HurryAsync(int partition, long epoch, long number);
}

/// <summary>The face that a task partition shows to queues; the key is the partition.</summary>
[Alias("gm.ITaskQueuePartitionGrain")]
public interface ITaskQueuePartitionGrain : IGrainWithIntegerKey
{
    /// <summary>The partition's share of every queue that has tasks here.</summary>
    [Alias("Loads")]
    Task<ImmutableArray<QueueLoad>> GetLoadsAsync(CancellationToken cancellationToken = default);

    /// <summary>The partition's share of one queue.</summary>
    [Alias("Load")]
    Task<QueueLoad> GetLoadAsync(string queue, CancellationToken cancellationToken = default);

    /// <summary>
    /// Tells the partition what is set, and which activation of the queue's grain gives permits from now on: an answer of another one that is still
    /// on its way does not count.
    /// </summary>
    /// <param name="settings">What is set; older settings than the partition knows are ignored.</param>
    /// <param name="giver">The activation.</param>
    /// <returns>What the partition holds.</returns>
    [Alias("Sync")]
    Task<PermitHolding> SyncAsync(QueueSettings settings, Guid giver);
}

/// <summary>A partition's share of a queue.</summary>
/// <param name="Queue">The queue's name.</param>
/// <param name="Ready">Tasks that are ready and wait.</param>
/// <param name="Running">Tasks that run.</param>
/// <param name="OldestReadyAt">Since when the longest waiting one is ready, to the second; null when none waits.</param>
[GenerateSerializer, Immutable, Alias("gm.QueueLoad")]
public sealed record QueueLoad(
    [property: Id(0)] string Queue, [property: Id(1)] int Ready, [property: Id(2)] int Running, [property: Id(3)] DateTimeOffset? OldestReadyAt);

/// <summary>All that a partition holds of a queue's permits.</summary>
/// <param name="Run">Permits to run, in use or not, of the queue's own limit.</param>
/// <param name="RunByKey">The same for the limit per key; keys without any are left out.</param>
[GenerateSerializer, Immutable, Alias("gm.PermitHolding")]
public sealed record PermitHolding([property: Id(0)] int Run, [property: Id(1)] ImmutableArray<KeyCount> RunByKey);

/// <summary>A number for a queue key.</summary>
[GenerateSerializer, Immutable, Alias("gm.KeyCount")]
public sealed record KeyCount([property: Id(0)] string Key, [property: Id(1)] int Count);

/// <summary>What a partition holds and wants.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Epoch">Which activation of it.</param>
/// <param name="Number">Raised by each call of that activation.</param>
/// <param name="Giver">The grain activation that it has its permits from; empty when it has not heard of any.</param>
/// <param name="Holding">All that it holds.</param>
/// <param name="Wanted">What it would use at once.</param>
/// <param name="WantedByKey">The same for keys whose own limit is in the way.</param>
/// <param name="Lapsed">Permits to start that lapsed unused; the same in each call until one is answered.</param>
/// <param name="Patience">How long to wait for permits; zero wants an answer at once.</param>
/// <param name="Unanswered">
/// The first of the calls before this one, up to it, of which the partition has taken no answer, and never will; zero when there is none. What they were given
/// is unused.
/// </param>
[GenerateSerializer, Immutable, Alias("gm.PermitRequest")]
public sealed record PermitRequest(
    [property: Id(0)] int Partition,
    [property: Id(1)] long Epoch,
    [property: Id(2)] long Number,
    [property: Id(3)] Guid Giver,
    [property: Id(4)] PermitHolding Holding,
    [property: Id(5)] Permits Wanted,
    [property: Id(6)] ImmutableArray<KeyPermits> WantedByKey,
    [property: Id(7)] LapsedPermits Lapsed,
    [property: Id(8)] TimeSpan Patience,
    [property: Id(9)] long Unanswered);

/// <summary>Permits to start that lapsed unused.</summary>
/// <param name="Count">Of the queue's own rate.</param>
/// <param name="ByKey">Of the rate per key.</param>
/// <param name="GivenAt">The first <see cref="PermitReply.GivenAt"/> of them; so that they are not counted as unused when they do not count any more.</param>
/// <param name="SaidBy">The first call that said this: the grain takes them back once.</param>
[GenerateSerializer, Immutable, Alias("gm.LapsedPermits")]
public sealed record LapsedPermits([property: Id(0)] int Count, [property: Id(1)] ImmutableArray<KeyCount> ByKey, [property: Id(2)] TimeSpan GivenAt,
    [property: Id(3)] long SaidBy);

/// <summary>What a partition gets, on top of what it said it holds.</summary>
/// <param name="Giver">The grain activation that answers.</param>
/// <param name="IsCurrent">False when a later call has taken this one's place: it says nothing.</param>
/// <param name="Given">Permits of the queue's own limits.</param>
/// <param name="GivenByKey">Permits by key.</param>
/// <param name="ValidFor">
/// How long after the call was sent unused permits to start lapse, by the partition's own steady clock; null when none are given. No clocks are compared:
/// the grain counts from when the call came, which is later.
/// </param>
/// <param name="GivenAt">When they were given, by the grain's own steady clock: it means nothing to the partition, and is said again if they lapse.</param>
[GenerateSerializer, Immutable, Alias("gm.PermitReply")]
public sealed record PermitReply(
    [property: Id(0)] Guid Giver,
    [property: Id(1)] bool IsCurrent,
    [property: Id(2)] Permits Given,
    [property: Id(3)] ImmutableArray<KeyPermits> GivenByKey,
    [property: Id(4)] TimeSpan? ValidFor,
    [property: Id(5)] TimeSpan GivenAt);

/// <summary>Numbers of permits.</summary>
/// <param name="Run">To have tasks run: used as long as one runs.</param>
/// <param name="Start">To start tasks: used up by each start.</param>
[GenerateSerializer, Immutable, Alias("gm.Permits")]
public readonly record struct Permits([property: Id(0)] int Run, [property: Id(1)] int Start)
{
    public bool IsNone => Run == 0 && Start == 0;

    /// <summary>
    /// True when what was asked for does not serve what is wanted now: a part was not asked for, or one that was is wanted no more. A request for both is
    /// granted only as a whole, so it would wait for the part that is at hand already.
    /// </summary>
    public bool DifferFrom(Permits asked) => !IsNone && ((Run > 0) != (asked.Run > 0) || (Start > 0) != (asked.Start > 0));
}

/// <summary>Permits of one key.</summary>
[GenerateSerializer, Immutable, Alias("gm.KeyPermits")]
public sealed record KeyPermits([property: Id(0)] string Key, [property: Id(1)] Permits Permits);
