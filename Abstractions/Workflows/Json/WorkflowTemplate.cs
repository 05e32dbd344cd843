using System.Text.Json;

namespace Gristmill;

/// <summary>
/// JSON in which objects of three forms stand for something else: <c>{"$from":"task","path":"$.result"}</c> for a part of a task's output,
/// <c>{"$item":"$.width"}</c> for a part of the item of a fan-out, and <c>{"$value":…}</c> for what it holds, so that a value may look like one of them.
/// </summary>
internal static class WorkflowTemplate
{
    public const string From = "$from";
    public const string Path = "path";
    public const string Item = "$item";
    public const string Value = "$value";

    public static void WriteReference(Utf8JsonWriter json, string task, string path)
    {
        json.WriteStartObject();
        json.WriteString(From, task);
        json.WriteString(Path, path);
        json.WriteEndObject();
    }

    public static void WriteItem(Utf8JsonWriter json, string path)
    {
        json.WriteStartObject();
        json.WriteString(Item, path);
        json.WriteEndObject();
    }

    /// <summary>Writes JSON text that stands for itself.</summary>
    public static void WriteLiteral(Utf8JsonWriter json, ReadOnlySpan<byte> value)
    {
        if (value.IndexOf("\"$"u8) < 0)
        {
            json.WriteRawValue(value, skipInputValidation: true);
            return;
        }

        using JsonDocument document = JsonDocument.Parse(value.ToArray());
        Rewrite(json, document.RootElement, static (json, marked) =>
        {
            json.WriteStartObject();
            json.WritePropertyName(Value);
            marked.WriteTo(json);
            json.WriteEndObject();
        });
    }

    /// <summary>Writes a template with each object that stands for something given to <paramref name="replace"/>.</summary>
    public static void Rewrite(Utf8JsonWriter json, JsonElement template, Action<Utf8JsonWriter, JsonElement> replace)
    {
        if (IsMarked(template))
        {
            replace(json, template);
        }
        else if (template.ValueKind == JsonValueKind.Object)
        {
            json.WriteStartObject();
            foreach (JsonProperty property in template.EnumerateObject())
            {
                json.WritePropertyName(property.Name);
                Rewrite(json, property.Value, replace);
            }

            json.WriteEndObject();
        }
        else if (template.ValueKind == JsonValueKind.Array)
        {
            json.WriteStartArray();
            foreach (JsonElement item in template.EnumerateArray())
                Rewrite(json, item, replace);
            json.WriteEndArray();
        }
        else
        {
            template.WriteTo(json);
        }
    }

    /// <summary>The objects that stand for something, at any depth; none inside another.</summary>
    public static IEnumerable<JsonElement> Marked(JsonElement template)
    {
        if (IsMarked(template))
            return [template];
        return template.ValueKind switch
        {
            JsonValueKind.Object => template.EnumerateObject().SelectMany(static property => Marked(property.Value)),
            JsonValueKind.Array => template.EnumerateArray().SelectMany(Marked),
            _ => [],
        };
    }

    private static bool IsMarked(JsonElement element) => element.ValueKind == JsonValueKind.Object
        && (element.TryGetProperty(From, out _) || element.TryGetProperty(Item, out _) || element.TryGetProperty(Value, out _));
}
