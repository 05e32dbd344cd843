using System.Runtime.InteropServices;
using System.Text.Json;
using Gristmill.Client.Errors;
using Gristmill.Client.Json;
using Gristmill.Client.Tasks;
using Gristmill.Grains.Schedules;
using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Schedules;

/// <summary>Reads a schedule. What its cron expression, time zone and input say is checked by the partition.</summary>
internal static class ScheduleReader
{
    // A partition keeps its schedules in memory, and a list has up to a thousand.
    private const int MaxInputBytes = 64 * 1024;
    private const int MaxCronLength = 500;
    private const int MaxTimeZoneLength = 100;

    private static readonly TimeSpan s_maxEvery = TimeSpan.FromDays(3650);

    public static async ValueTask<ScheduleDefinition> ReadAsync(HttpRequest request, TimeProvider time, CancellationToken cancellationToken)
    {
        (JsonDocument document, JsonFields fields) = await JsonBody.ReadObjectAsync(request, cancellationToken);
        using (document)
        {
            string? cron = ShortText(fields, "cron", MaxCronLength);
            TimeSpan? every = fields.LengthOfTime("every", s_maxEvery);
            string? timeZone = ShortText(fields, "timeZone", MaxTimeZoneLength);
            ScheduleOverlap overlap = Choice<ScheduleOverlap>(fields, "overlap");
            MissedFires missed = Choice<MissedFires>(fields, "missed");
            NewTask? task = ReadTask(fields, time.GetUtcNow());
            fields.ThrowIfInvalid();
            if (task!.Input.Length > MaxInputBytes)
                throw RequestException.TooLarge($"task.input has {task.Input.Length} bytes; at most {MaxInputBytes} are taken for a schedule.");
            return new ScheduleDefinition(task, cron, every, timeZone, overlap, missed);
        }
    }

    private static NewTask? ReadTask(JsonFields fields, DateTimeOffset now)
    {
        if (fields.Any("task", required: true) is not { } task)
            return null;
        if (task.ValueKind != JsonValueKind.Object)
        {
            fields.Error("task", "must be a JSON object");
            return null;
        }

        foreach (string field in (ReadOnlySpan<string>)["runAt", "delay", "deadline"])
        {
            if (task.TryGetProperty(field, out _))
                fields.Error($"task.{field}", "is for a task that runs once: the schedule says when");
        }

        try
        {
            TaskFields read = TaskReader.ReadOne(JsonMarshal.GetRawUtf8Value(task), now, withKey: false);
            if (!read.IsDurable)
                fields.Error("task.durability", "must be \"durable\": nobody waits for the task of a schedule");
            if (read.Tags.Length == TaskReader.MaxTags)
                fields.Error("task.tags", $"must have at most {TaskReader.MaxTags - 1} entries: the schedule adds one");
            return read.ToNewTask(default, idempotencyKey: null);
        }
        catch (RequestException wrong)
        {
            fields.TakeErrors("task", wrong.Error);
            return null;
        }
    }

    private static string? ShortText(JsonFields fields, string name, int maxLength)
    {
        string? text = fields.Text(name);
        if (text is null || (text.Length <= maxLength && !text.Any(char.IsControl)))
            return text;
        fields.Error(name, $"must have at most {maxLength} characters, and no control characters");
        return null;
    }

    private static TChoice Choice<TChoice>(JsonFields fields, string name)
        where TChoice : struct, Enum
    {
        if (fields.Text(name) is not { } text)
            return default;
        foreach (TChoice choice in Enum.GetValues<TChoice>())
        {
            if (JsonNamingPolicy.CamelCase.ConvertName(choice.ToString()) == text)
                return choice;
        }

        fields.Error(name, $"must be one of {string.Join(", ", Enum.GetNames<TChoice>().Select(JsonNamingPolicy.CamelCase.ConvertName))}");
        return default;
    }
}
