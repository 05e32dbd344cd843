using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gristmill.Grains.Tasks;
using Gristmill.Storage;

namespace Gristmill.Grains.Schedules;

/// <summary>Schedules between a store and grain calls.</summary>
internal static partial class StoredSchedules
{
    private const int ShownFires = 5;

    public static string Write(ScheduleDefinition definition)
    {
        NewTask task = definition.Task;
        var text = new DefinitionText(definition.Cron, definition.Every, definition.TimeZone, definition.Overlap, definition.Missed, new TaskPart(
            task.Kind, task.Input, task.Format, task.Queue, task.QueueKey, task.Priority, task.Owner, task.Tags, task.Timeout, task.MaxAttempts));
        return JsonSerializer.Serialize(text, Shapes.Default.DefinitionText);
    }

    public static ScheduleDefinition Read(string definition)
    {
        DefinitionText text = JsonSerializer.Deserialize(definition, Shapes.Default.DefinitionText)!;
        TaskPart task = text.Task;
        return new ScheduleDefinition(
            new NewTask
            {
                Id = default,
                Kind = task.Kind,
                Input = task.Input,
                Format = task.Format,
                Queue = task.Queue,
                QueueKey = task.QueueKey,
                Priority = task.Priority,
                Owner = task.Owner,
                Tags = task.Tags,
                Timeout = task.Timeout,
                MaxAttempts = task.MaxAttempts,
            },
            text.Cron, text.Every, text.TimeZone, text.Overlap, text.Missed);
    }

    public static ScheduleInfo Describe(StoredSchedule stored) => Describe(new LiveSchedule(stored));

    public static ScheduleInfo Describe(LiveSchedule schedule)
    {
        StoredSchedule stored = schedule.Stored;
        ImmutableArray<DateTimeOffset>.Builder next = ImmutableArray.CreateBuilder<DateTimeOffset>(ShownFires);
        if (schedule.Clock is { } clock)
        {
            for (DateTimeOffset? at = stored.NextAt; at is not null && next.Count < ShownFires; at = clock.Next(at.Value))
                next.Add(at.Value);
        }

        return new ScheduleInfo(
            stored.Id, schedule.Definition, stored.CreatedAt, next.ToImmutable(), stored.LastAt, stored.LastTask, schedule.Problem);
    }

    private sealed record DefinitionText(string? Cron, TimeSpan? Every, string? TimeZone, ScheduleOverlap Overlap, MissedFires Missed, TaskPart Task);

    private sealed record TaskPart(
        string Kind, ReadOnlyMemory<byte> Input, PayloadFormat Format, string? Queue, string? QueueKey, int Priority, long? Owner,
        ImmutableArray<string> Tags, TimeSpan? Timeout, int? MaxAttempts);

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
    [JsonSerializable(typeof(DefinitionText))]
    private sealed partial class Shapes : JsonSerializerContext;
}
