using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;

namespace Gristmill;

/// <summary>One task of a <see cref="WorkflowDocument"/>. Immutable.</summary>
public sealed class WorkflowDocumentTask
{
    private readonly JsonElement _forEach;
    private readonly JsonElement _input;
    private readonly JsonElement _fallback;

    internal WorkflowDocumentTask(
        string name, string kind, JsonElement forEach, JsonElement input, ImmutableArray<string> dependsOn, JsonElement fallback)
    {
        Name = name;
        Kind = kind;
        _forEach = forEach;
        _input = input;
        DependsOn = dependsOn;
        _fallback = fallback;
    }

    /// <summary>Unique in its document.</summary>
    public string Name { get; }

    /// <summary>The name of a task kind.</summary>
    public string Kind { get; }

    /// <summary>The tasks that must have succeeded before it starts: those it names and those whose outputs it takes.</summary>
    public ImmutableArray<string> DependsOn { get; }

    /// <summary>True when it runs once for every item of an output; its own output is then the array of the outputs.</summary>
    public bool IsFanOut => _forEach.ValueKind != JsonValueKind.Undefined;

    /// <summary>Its output when it fails for good; null when its failure is one of the workflow.</summary>
    public JsonElement? Fallback => _fallback.ValueKind == JsonValueKind.Undefined ? null : _fallback;

    /// <summary>The JSON inputs that it runs on: one, or one for every item.</summary>
    /// <param name="outputs">The JSON output of every task that it depends on.</param>
    /// <exception cref="InvalidTaskInputException">An output has not what the input takes from it, or there is no list to fan out over.</exception>
    public IReadOnlyList<byte[]> BindInputs(IReadOnlyDictionary<string, JsonElement> outputs)
    {
        if (!IsFanOut)
            return [Bind(_input, outputs, default)];
        using JsonDocument items = JsonDocument.Parse(Bind(_forEach, outputs, default));
        if (items.RootElement.ValueKind != JsonValueKind.Array)
            throw new InvalidTaskInputException("forEach", $"must be an array, and not {items.RootElement.ValueKind}");
        return [.. items.RootElement.EnumerateArray().Select(item => Bind(_input, outputs, item))];
    }

    internal static byte[] Bind(JsonElement template, IReadOnlyDictionary<string, JsonElement> outputs, JsonElement item)
    {
        var bound = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bound))
        {
            WorkflowTemplate.Rewrite(json, template, (json, marked) =>
            {
                if (marked.TryGetProperty(WorkflowTemplate.Value, out JsonElement literal))
                    literal.WriteTo(json);
                else if (marked.TryGetProperty(WorkflowTemplate.Item, out JsonElement path))
                    PathOf(path).Write(json, item, "the item");
                else
                    WriteOutput(json, marked, outputs);
            });
        }

        return bound.WrittenSpan.ToArray();
    }

    internal void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, Name);
        json.WriteString("kind"u8, Kind);
        Write("forEach"u8, _forEach);
        Write("input"u8, _input);
        json.WriteStartArray("dependsOn"u8);
        foreach (string dependency in DependsOn)
            json.WriteStringValue(dependency);
        json.WriteEndArray();
        Write("fallback"u8, _fallback);
        json.WriteEndObject();

        void Write(ReadOnlySpan<byte> name, JsonElement value)
        {
            if (value.ValueKind == JsonValueKind.Undefined)
                return;
            json.WritePropertyName(name);
            value.WriteTo(json);
        }
    }

    private static void WriteOutput(Utf8JsonWriter json, JsonElement reference, IReadOnlyDictionary<string, JsonElement> outputs)
    {
        string task = reference.GetProperty(WorkflowTemplate.From).GetString()!;
        string path = reference.TryGetProperty(WorkflowTemplate.Path, out JsonElement text) ? text.GetString()! : WorkflowPath.Root;
        if (!WorkflowPath.TryParse(path, out WorkflowPath? parsed))
            throw new InvalidOperationException($"'{path}' was accepted and is no path.");
        parsed.Write(json, outputs[task], $"the output of '{task}'");
    }

    private static WorkflowPath PathOf(JsonElement text) => WorkflowPath.TryParse(text.GetString()!, out WorkflowPath? path)
        ? path
        : throw new InvalidOperationException($"{text} was accepted and is no path.");
}
