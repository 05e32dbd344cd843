using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gristmill;

/// <summary>What a task of a workflow will give, before it has run. See <see cref="Output{T}"/>.</summary>
public abstract class Output
{
    private protected Output(WorkflowBuilder workflow, string name)
    {
        Workflow = workflow;
        Name = name;
    }

    /// <summary>The task that gives it.</summary>
    public string Name { get; }

    internal WorkflowBuilder Workflow { get; }

    /// <summary>The type that the consumer counts on.</summary>
    internal abstract Type Type { get; }

    /// <summary>The tasks that must have ended. None for the item of a fan-out, which is there when its task starts.</summary>
    internal abstract IEnumerable<string> Tasks { get; }

    /// <summary>The output that it is a part of; itself for a whole one.</summary>
    internal virtual Output Whole => this;

    /// <summary>True when only the name is known until the workflow is built.</summary>
    internal virtual bool IsByName => false;

    /// <summary>The fan-out whose item it is or comes from; null for anything else.</summary>
    internal virtual string? ItemOf => null;

    internal abstract object? Read(WorkflowValues values);

    /// <param name="json">The writer.</param>
    /// <param name="paths">The result path of every task, by name.</param>
    /// <param name="member">The path of a part of it; empty for the whole.</param>
    internal abstract void WriteReference(Utf8JsonWriter json, IReadOnlyDictionary<string, string> paths, string member = "");
}

/// <summary>
/// What a task of a workflow will give, before it has run: a symbol that later tasks take as an argument. Defining goes on from it:
/// <c>sum.Then("double", s => MathTask.Multiply(s, 2))</c>.
/// </summary>
public abstract class Output<T> : Output
{
    private protected Output(WorkflowBuilder workflow, string name)
        : base(workflow, name)
    {
    }

    internal override Type Type => typeof(T);

    /// <summary>Adds a task that runs after this one. The function runs once, now.</summary>
    /// <exception cref="WorkflowDefinitionException">The name is taken or no name.</exception>
    public Output<TNext> Then<TNext>(string name, Func<Output<T>, TaskTemplate<TNext>> define)
    {
        ArgumentNullException.ThrowIfNull(define);
        return Workflow.Task(name, define(this), this);
    }

    /// <inheritdoc cref="WorkflowBuilder.Task{T}(string, TaskTemplate{T}, ReadOnlySpan{Output})"/>
    public Output<TNext> Task<TNext>(string name, TaskTemplate<TNext> task) => Workflow.Task(name, task);

    /// <summary>One member of a record: <c>thumbnail.Get(t => t.Width)</c>.</summary>
    /// <exception cref="ArgumentException">The expression is more than members of records.</exception>
    public Output<TMember> Get<TMember>(Expression<Func<T, TMember>> member)
    {
        ArgumentNullException.ThrowIfNull(member);
        string path = "";
        for (Expression? at = member.Body; at != member.Parameters[0];)
        {
            if (at is not MemberExpression { Member: PropertyInfo property } step)
                throw new ArgumentException($"'{member}' is not a chain of properties.", nameof(member));
            bool isValue = Nullable.GetUnderlyingType(property.DeclaringType!) is not null && property.Name == nameof(Nullable<>.Value);
            // What the framework's types are in JSON (a text, an array) has no members.
            if (!isValue && property.DeclaringType!.Assembly == typeof(object).Assembly)
                throw new ArgumentException($"'{member}' asks a {property.DeclaringType.Name} for its {property.Name}, which is not in the task's output.", nameof(member));
            path = isValue ? path : WorkflowPath.Member(JsonNameOf(property)) + path;
            at = step.Expression;
        }

        return new MemberOutput<T, TMember>(this, path, member.Compile(preferInterpretation: true));
    }

    /// <summary>The same output where a base type or interface is asked for.</summary>
    /// <exception cref="WorkflowDefinitionException">The types do not fit.</exception>
    public Output<TBase> Cast<TBase>()
    {
        if (!typeof(T).IsAssignableTo(typeof(TBase)))
            throw new WorkflowDefinitionException($"'{Name}' gives {typeof(T)}, which is no {typeof(TBase)}.");
        return new MemberOutput<T, TBase>(this, "", static value => (TBase)(object)value!);
    }

    /// <summary>Builds the workflow with this output as its result.</summary>
    /// <exception cref="WorkflowDefinitionException">The workflow is not sound; the message names every fault.</exception>
    public Workflow<T> Build() => Workflow.Build(this);

    private static string JsonNameOf(PropertyInfo property) =>
        property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? TaskNames.CamelCase(property.Name);
}

/// <summary>The result of one task.</summary>
internal sealed class TaskOutput<T>(WorkflowBuilder workflow, string name, bool isByName) : Output<T>(workflow, name)
{
    internal override IEnumerable<string> Tasks => [Name];

    internal override bool IsByName => isByName;

    internal override object? Read(WorkflowValues values) => values[Name];

    internal override void WriteReference(Utf8JsonWriter json, IReadOnlyDictionary<string, string> paths, string member = "") =>
        WorkflowTemplate.WriteReference(json, Name, paths[Name] + member);
}

/// <summary>A part of another output, or the same as another type.</summary>
internal sealed class MemberOutput<TWhole, T>(Output<TWhole> whole, string path, Func<TWhole, T> get) : Output<T>(whole.Workflow, whole.Name)
{
    internal override Output Whole => whole.Whole;

    internal override IEnumerable<string> Tasks => whole.Tasks;

    internal override string? ItemOf => whole.ItemOf;

    internal override object? Read(WorkflowValues values) => get((TWhole)whole.Read(values)!);

    internal override void WriteReference(Utf8JsonWriter json, IReadOnlyDictionary<string, string> paths, string member = "") =>
        whole.WriteReference(json, paths, path + member);
}

/// <summary>The results of several tasks, as an array.</summary>
internal sealed class GroupOutput<T>(WorkflowBuilder workflow, string name, IReadOnlyList<Output<T>> members) : Output<T[]>(workflow, name)
{
    internal override IEnumerable<string> Tasks => members.SelectMany(static member => member.Tasks);

    internal override object Read(WorkflowValues values) => members.Select(member => (T)member.Read(values)!).ToArray();

    // An array has no members of its own, and so nobody asks for a part.
    internal override void WriteReference(Utf8JsonWriter json, IReadOnlyDictionary<string, string> paths, string member = "")
    {
        json.WriteStartArray();
        foreach (Output<T> each in members)
            each.WriteReference(json, paths);
        json.WriteEndArray();
    }
}

/// <summary>The item for which a task of a fan-out runs.</summary>
internal sealed class ItemOutput<T>(WorkflowBuilder workflow, string name) : Output<T>(workflow, name)
{
    internal override IEnumerable<string> Tasks => [];

    internal override string? ItemOf => Name;

    internal override object? Read(WorkflowValues values) => values.ItemOf(this);

    internal override void WriteReference(Utf8JsonWriter json, IReadOnlyDictionary<string, string> paths, string member = "") =>
        WorkflowTemplate.WriteItem(json, WorkflowPath.Root + member);
}
