using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Gristmill;

/// <summary>
/// A directed acyclic graph of tasks, checked when it was built. Run it on any <see cref="ITaskExecutor"/>, or send it to a gateway as
/// JSON. Immutable; may be run more than once, also at the same time.
/// </summary>
public abstract class Workflow
{
    private protected Workflow(string name, ImmutableArray<WorkflowTask> tasks, WorkflowFailurePolicy onFailure)
    {
        Name = name;
        Tasks = tasks;
        OnFailure = onFailure;
    }

    public string Name { get; }

    /// <summary>All tasks, each after those that it depends on.</summary>
    public ImmutableArray<WorkflowTask> Tasks { get; }

    public WorkflowFailurePolicy OnFailure { get; }

    /// <summary>Starts a definition.</summary>
    /// <exception cref="WorkflowDefinitionException">The name is empty or longer than 100 characters.</exception>
    public static WorkflowBuilder Define(string name) => new(name);

    /// <summary>Writes the body of <c>POST /workflows</c>, which <see cref="WorkflowDocument"/> reads.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        var paths = Tasks.ToDictionary(static task => task.Name, static task => task.ResultPath, StringComparer.Ordinal);
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("name"u8, Name);
        WorkflowDocument.WritePolicy(json, OnFailure);
        json.WriteStartArray("tasks"u8);
        foreach (WorkflowTask task in Tasks)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, task.Name);
            json.WriteString("kind"u8, task.Kind.Name);
            task.WriteItems(json, paths);
            json.WritePropertyName("input"u8);
            task.WriteInput(json, paths);
            json.WriteStartArray("dependsOn"u8);
            foreach (string dependency in task.DependsOn)
                json.WriteStringValue(dependency);
            json.WriteEndArray();
            if (task.HasFallback)
            {
                json.WritePropertyName("fallback"u8);
                task.WriteFallback(json);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WritePropertyName("result"u8);
        WriteResult(json, paths);
        json.WriteEndObject();
    }

    /// <inheritdoc cref="WriteTo"/>
    public string ToJson()
    {
        var output = new ArrayBufferWriter<byte>();
        WriteTo(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private protected abstract void WriteResult(Utf8JsonWriter json, IReadOnlyDictionary<string, string> paths);
}

/// <summary>A workflow with a result.</summary>
public sealed class Workflow<T> : Workflow
{
    private readonly Output<T> _result;

    internal Workflow(string name, ImmutableArray<WorkflowTask> tasks, WorkflowFailurePolicy onFailure, Output<T> result)
        : base(name, tasks, onFailure) => _result = result;

    /// <summary>The tasks that the result is made of.</summary>
    public IEnumerable<string> ResultTasks => _result.Tasks;

    /// <summary>The result of a run whose <see cref="ResultTasks"/> have all succeeded.</summary>
    public T ReadResult(WorkflowValues values) => (T)_result.Read(values)!;

    private protected override void WriteResult(Utf8JsonWriter json, IReadOnlyDictionary<string, string> paths) => _result.WriteReference(json, paths);
}
