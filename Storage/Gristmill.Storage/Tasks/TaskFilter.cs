using System.Collections.Immutable;

namespace Gristmill.Storage;

/// <summary>Which tasks to list; null takes all.</summary>
public sealed record TaskFilter
{
    public static TaskFilter All { get; } = new();

    public TaskState? State { get; init; }

    /// <summary>Only tasks that are not over.</summary>
    public bool IsLive { get; init; }

    public string? Kind { get; init; }

    public string? Queue { get; init; }

    /// <summary>A tag that the task has.</summary>
    public string? Tag { get; init; }

    public long? Owner { get; init; }

    /// <summary>Created then or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Created before.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The lowest id that <see cref="Since"/> allows.</summary>
    internal TaskId LowestId => Since is { } since ? FirstOf(since) : default;

    /// <summary>The id below which <see cref="Until"/> and <paramref name="before"/> keep the tasks.</summary>
    internal TaskId Below(TaskId? before)
    {
        TaskId below = before ?? new TaskId(UInt128.MaxValue);
        return Until is { } until && FirstOf(until) < below ? FirstOf(until) : below;
    }

    internal bool Matches(StoredTask task) =>
        (State is null || task.Progress.State == State)
        && !(IsLive && task.Progress.State.IsTerminal())
        && (Kind is null || task.Kind == Kind)
        && (Queue is null || task.Queue == Queue)
        && (Owner is null || task.Owner == Owner)
        && (Tag is null || task.Tags.Contains(Tag, StringComparer.Ordinal));

    /// <summary>The lowest id that a task created then can have.</summary>
    internal static TaskId FirstOf(DateTimeOffset time) => new((UInt128)(ulong)Math.Max(0, time.ToUnixTimeMilliseconds()) << 80);
}

/// <summary>A part of a list.</summary>
/// <param name="Tasks">Newest first.</param>
/// <param name="Next">
/// Where to go on; null at the end. A page can be short, even empty, and have a next one: one call looks at a bounded number of tasks.
/// </param>
public sealed record TaskPage(ImmutableArray<StoredTask> Tasks, TaskId? Next);
