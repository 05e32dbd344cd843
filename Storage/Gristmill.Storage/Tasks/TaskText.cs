using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gristmill.Storage;

/// <summary>The structured parts of a task's row as JSON text; null stands for "none", which is what most rows have.</summary>
internal static partial class TaskText
{
    public static string? WriteTags(ImmutableArray<string> tags) =>
        tags.IsEmpty ? null : JsonSerializer.Serialize(tags, Shapes.Default.ImmutableArrayString);

    public static ImmutableArray<string> ReadTags(string? text) =>
        text is null ? [] : JsonSerializer.Deserialize(text, Shapes.Default.ImmutableArrayString);

    public static string? WriteError(TaskError? error) => error is null ? null : JsonSerializer.Serialize(error, Shapes.Default.TaskError);

    public static TaskError? ReadError(string? text) => text is null ? null : JsonSerializer.Deserialize(text, Shapes.Default.TaskError);

    public static string? WriteHistory(ImmutableArray<TaskAttempt> history) =>
        history.IsEmpty ? null : JsonSerializer.Serialize(history, Shapes.Default.ImmutableArrayTaskAttempt);

    public static ImmutableArray<TaskAttempt> ReadHistory(string? text) =>
        text is null ? [] : JsonSerializer.Deserialize(text, Shapes.Default.ImmutableArrayTaskAttempt);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(ImmutableArray<string>))]
    [JsonSerializable(typeof(ImmutableArray<TaskAttempt>))]
    [JsonSerializable(typeof(TaskError))]
    private sealed partial class Shapes : JsonSerializerContext;
}
