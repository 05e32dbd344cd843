using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Gristmill;

/// <summary>
/// A workflow as the body of <c>POST /workflows</c> says it: tasks by the names of their kinds, with inputs that may hold references. What
/// <see cref="Workflow.WriteTo"/> writes and clients send, read and checked; whether the kinds exist is for their catalog to say. Immutable.
/// </summary>
public sealed class WorkflowDocument
{
    private static readonly JsonEncodedText s_finishOthers = JsonEncodedText.Encode("finishOthers");
    private static readonly JsonEncodedText s_stopAll = JsonEncodedText.Encode("stopAll");

    private readonly JsonElement _result;

    internal WorkflowDocument(string name, WorkflowFailurePolicy onFailure, ImmutableArray<WorkflowDocumentTask> tasks, JsonElement result)
    {
        Name = name;
        OnFailure = onFailure;
        Tasks = tasks;
        _result = result;
    }

    /// <summary>The most tasks that a document may have.</summary>
    public static int MaxTasks => 10_000;

    public string Name { get; }

    public WorkflowFailurePolicy OnFailure { get; }

    /// <summary>All tasks, each after those that it depends on.</summary>
    public ImmutableArray<WorkflowDocumentTask> Tasks { get; }

    /// <summary>True when it says what its result is made of.</summary>
    public bool HasResult => _result.ValueKind != JsonValueKind.Undefined;

    /// <summary>Reads and checks a document.</summary>
    /// <exception cref="WorkflowDefinitionException">It is no workflow; the exception names every fault that was found.</exception>
    public static WorkflowDocument Parse(ReadOnlyMemory<byte> utf8Json) => WorkflowDocumentReader.Read(utf8Json);

    /// <summary>Writes it as it was read, with tasks in the order in which they can run and every dependency named.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("name"u8, Name);
        WritePolicy(json, OnFailure);
        json.WriteStartArray("tasks"u8);
        foreach (WorkflowDocumentTask task in Tasks)
            task.WriteTo(json);
        json.WriteEndArray();
        if (HasResult)
        {
            json.WritePropertyName("result"u8);
            _result.WriteTo(json);
        }

        json.WriteEndObject();
    }

    /// <inheritdoc cref="WriteTo"/>
    public string ToJson()
    {
        var output = new ArrayBufferWriter<byte>();
        WriteTo(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>The JSON result of a run.</summary>
    /// <param name="outputs">The JSON output of each task that has succeeded or has a fallback; of a fan-out, the array of its outputs.</param>
    /// <exception cref="InvalidOperationException">The document names no result.</exception>
    /// <exception cref="InvalidTaskInputException">An output has not what the result takes from it.</exception>
    public byte[] ReadResult(IReadOnlyDictionary<string, JsonElement> outputs)
    {
        if (!HasResult)
            throw new InvalidOperationException($"The workflow '{Name}' names no result.");
        return WorkflowDocumentTask.Bind(_result, outputs, default);
    }

    internal static void WritePolicy(Utf8JsonWriter json, WorkflowFailurePolicy policy)
    {
        if (policy != WorkflowFailurePolicy.StopAll)
            json.WriteString("onFailure"u8, s_finishOthers);
    }

    internal static WorkflowFailurePolicy? PolicyOf(JsonElement text) =>
        text.ValueKind != JsonValueKind.String ? null
        : text.ValueEquals(s_stopAll.EncodedUtf8Bytes) ? WorkflowFailurePolicy.StopAll
        : text.ValueEquals(s_finishOthers.EncodedUtf8Bytes) ? WorkflowFailurePolicy.FinishOthers
        : null;
}
