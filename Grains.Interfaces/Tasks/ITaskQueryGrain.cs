using System.Collections.Immutable;

namespace Gristmill.Grains.Tasks;

/// <summary>Questions over all partitions, answered from the store: whatever was answered before is seen. A stateless worker; the key is 0.</summary>
[Alias("gm.ITaskQueryGrain")]
public interface ITaskQueryGrain : IGrainWithIntegerKey
{
    /// <summary>How many task partitions there are; the same for ever.</summary>
    [Alias("Partitions"), Repeatable]
    Task<int> CountPartitionsAsync(CancellationToken cancellationToken = default);

    /// <summary>Tasks that match, newest first.</summary>
    [Alias("List"), Repeatable]
    Task<TaskListPage> ListAsync(TaskQuery query, CancellationToken cancellationToken = default);
}

/// <summary>Which tasks; null takes all.</summary>
/// <param name="Limit">Tasks at most, 1 or more.</param>
/// <param name="Before">Goes on behind this id; null begins with the newest.</param>
/// <param name="State">Their state.</param>
/// <param name="Kind">Their kind.</param>
/// <param name="Queue">Their queue.</param>
/// <param name="Tag">A tag that they have.</param>
/// <param name="Owner">The user they belong to.</param>
/// <param name="Since">Created then or later.</param>
/// <param name="Until">Created before.</param>
/// <param name="IsLive">Only tasks that are not over.</param>
[GenerateSerializer, Immutable, Alias("gm.TaskQuery")]
public sealed record TaskQuery(
    [property: Id(0)] int Limit,
    [property: Id(1)] TaskId? Before = null,
    [property: Id(2)] TaskState? State = null,
    [property: Id(3)] string? Kind = null,
    [property: Id(4)] string? Queue = null,
    [property: Id(5)] string? Tag = null,
    [property: Id(6)] long? Owner = null,
    [property: Id(7)] DateTimeOffset? Since = null,
    [property: Id(8)] DateTimeOffset? Until = null,
    [property: Id(9)] bool IsLive = false);

/// <summary>A part of a list.</summary>
/// <param name="Tasks">Newest first, without outputs.</param>
/// <param name="Next">Where to go on; null at the end. A page can be short, even empty, and have a next one.</param>
[GenerateSerializer, Immutable, Alias("gm.TaskListPage")]
public sealed record TaskListPage([property: Id(0)] ImmutableArray<TaskInfo> Tasks, [property: Id(1)] TaskId? Next);
