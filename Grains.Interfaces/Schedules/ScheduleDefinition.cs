using System.Collections.Immutable;
using Gristmill.Grains.Tasks;

namespace Gristmill.Grains.Schedules;

/// <summary>When a schedule fires, and what it makes.</summary>
/// <param name="Task">The task; its id, times and idempotency key are not looked at.</param>
/// <param name="Cron">Five or six fields; null when <paramref name="Every"/> is given.</param>
/// <param name="Every">The time between two fires, 1 s or more; null when <paramref name="Cron"/> is given.</param>
/// <param name="TimeZone">An IANA id; null means UTC.</param>
/// <param name="Overlap">What happens while the last task is not over.</param>
/// <param name="Missed">What happens to fires whose time passed while nothing ran.</param>
[GenerateSerializer, Immutable, Alias("gm.ScheduleDefinition")]
public sealed record ScheduleDefinition(
    [property: Id(0)] NewTask Task,
    [property: Id(1)] string? Cron = null,
    [property: Id(2)] TimeSpan? Every = null,
    [property: Id(3)] string? TimeZone = null,
    [property: Id(4)] ScheduleOverlap Overlap = ScheduleOverlap.Allow,
    [property: Id(5)] MissedFires Missed = MissedFires.FireOnce);

/// <summary>What a schedule does when its last task is not over. The numbers are stored: they never change.</summary>
public enum ScheduleOverlap
{
    /// <summary>Makes another one.</summary>
    Allow = 0,

    /// <summary>Leaves this fire out.</summary>
    Skip = 1,

    /// <summary>Cancels the last one and makes another.</summary>
    CancelPrevious = 2,
}

/// <summary>What a schedule does about fires whose time passed while nothing ran. The numbers are stored: they never change.</summary>
public enum MissedFires
{
    /// <summary>Fires once for all of them.</summary>
    FireOnce = 0,

    /// <summary>Leaves out those that are more than a minute late.</summary>
    Skip = 1,

    /// <summary>Fires for each, at most for the oldest hundred.</summary>
    FireAll = 2,
}

/// <summary>A schedule as it is now.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Definition">What was put.</param>
/// <param name="CreatedAt">When it was put first.</param>
/// <param name="Next">When it fires next, up to five times; empty when it never does.</param>
/// <param name="LastAt">The time that it fired for last; null before the first.</param>
/// <param name="LastTask">The task that it made last; null before the first.</param>
/// <param name="Problem">Why it does not fire here, such as a time zone that this machine has not got; null when nothing keeps it from it.</param>
[GenerateSerializer, Immutable, Alias("gm.ScheduleInfo")]
public sealed record ScheduleInfo(
    [property: Id(0)] string Id,
    [property: Id(1)] ScheduleDefinition Definition,
    [property: Id(2)] DateTimeOffset CreatedAt,
    [property: Id(3)] ImmutableArray<DateTimeOffset> Next,
    [property: Id(4)] DateTimeOffset? LastAt,
    [property: Id(5)] TaskId? LastTask,
    [property: Id(6)] string? Problem = null);
