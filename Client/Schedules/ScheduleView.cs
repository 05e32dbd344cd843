using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Gristmill.Client.Json;
using Gristmill.Client.Tasks;
using Gristmill.Grains.Schedules;
using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Schedules;

/// <summary>What a client sends to make a schedule; <see cref="ScheduleReader"/> reads it.</summary>
internal sealed record ScheduleInput(
    [property: Description("The task to make, as in POST /tasks, without runAt, delay, deadline and durability; at most 64 KiB of input.")] TaskInput Task,
    [property: Description("Five fields (minute, hour, day of month, month, day of week) or six (seconds first). Either cron or every.")] string? Cron = null,
    [property: Description("The time between two fires: 60, \"60s\", \"1h\" or \"PT1H\"; at least 1 s.")] JsonElement? Every = null,
    [property: DefaultValue("UTC"), Description("An IANA id, such as Europe/Berlin; with cron.")] string? TimeZone = null,
    [property: AllowedValues("allow", "skip", "cancelPrevious"), DefaultValue("allow"), Description("What to do while the last task is not over.")] string? Overlap = null,
    [property: AllowedValues("fireOnce", "skip", "fireAll"), DefaultValue("fireOnce"), Description("What to do about times that passed while nothing ran: one task for all of them; none for those more than a minute late; one for each, at most for the oldest hundred.")] string? Missed = null);

/// <summary>A schedule as clients see it; times are UTC.</summary>
internal sealed record ScheduleView(
    string Id,
    ScheduledTaskView Task,
    string Overlap,
    string Missed,
    DateTime CreatedAt,
    [property: Description("When it fires next: the next five times.")] IReadOnlyList<DateTime> Next,
    string? Cron = null,
    [property: Description("In seconds.")] double? Every = null,
    string? TimeZone = null,
    [property: Description("The time that it fired for last.")] DateTime? LastAt = null,
    [property: Description("The task that it made last.")] string? LastTask = null,
    [property: Description("Why it does not fire: its time zone is not known on the machine that keeps it.")] string? Problem = null)
{
    public static ScheduleView Of(ScheduleInfo schedule)
    {
        ScheduleDefinition definition = schedule.Definition;
        return new ScheduleView(
            schedule.Id,
            ScheduledTaskView.Of(definition.Task),
            JsonNamingPolicy.CamelCase.ConvertName(definition.Overlap.ToString()),
            JsonNamingPolicy.CamelCase.ConvertName(definition.Missed.ToString()),
            schedule.CreatedAt.UtcDateTime,
            [.. schedule.Next.Select(next => next.UtcDateTime)],
            definition.Cron,
            definition.Every?.TotalSeconds,
            definition.TimeZone,
            schedule.LastAt?.UtcDateTime,
            schedule.LastTask?.ToString(),
            schedule.Problem);
    }
}

/// <summary>The task that a schedule makes.</summary>
internal sealed record ScheduledTaskView(
    string Kind, RawJson Input, int Priority, string? Queue = null, string? QueueKey = null, double? Timeout = null, int? MaxAttempts = null,
    IReadOnlyList<string>? Tags = null, long? Owner = null)
{
    public static ScheduledTaskView Of(NewTask task) => new(
        task.Kind, new RawJson(task.Input), task.Priority, task.Queue, task.QueueKey, task.Timeout?.TotalSeconds, task.MaxAttempts,
        task.Tags.IsDefaultOrEmpty ? null : task.Tags, task.Owner);
}
