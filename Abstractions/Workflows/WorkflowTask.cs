using System.Collections.Immutable;
using System.Text.Json;

namespace Gristmill;

/// <summary>One task of a built workflow. Immutable.</summary>
public abstract class WorkflowTask
{
    private protected WorkflowTask(string name, TaskKind kind, string resultPath, Type resultType, IEnumerable<Output> references, IEnumerable<Output> after)
    {
        Name = name;
        Kind = kind;
        ResultPath = resultPath;
        ResultType = resultType;
        References = [.. references];
        After = [.. after];
        DependsOn = [.. References.Concat(After).SelectMany(static output => output.Tasks).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Unique in its workflow.</summary>
    public string Name { get; }

    public TaskKind Kind { get; }

    /// <summary>The tasks that must have succeeded before it starts.</summary>
    public ImmutableArray<string> DependsOn { get; }

    /// <summary>True when a failure gives a value in place of the result, and does not fail the workflow.</summary>
    public bool HasFallback { get; private protected set; }

    /// <summary>That value.</summary>
    public object? Fallback { get; private protected set; }

    /// <summary>Where the result lies in the kind's output.</summary>
    internal string ResultPath { get; }

    internal Type ResultType { get; }

    internal ImmutableArray<Output> References { get; }

    /// <summary>What it waits for without taking it.</summary>
    internal ImmutableArray<Output> After { get; }

    /// <summary>Runs the task; <paramref name="values"/> holds the results of all that it depends on.</summary>
    public abstract Task<object?> RunAsync(ITaskExecutor executor, WorkflowValues values, CancellationToken cancellationToken);

    /// <summary>Writes the list over whose items it runs; nothing for a task that runs once.</summary>
    internal virtual void WriteItems(Utf8JsonWriter json, IReadOnlyDictionary<string, string> paths)
    {
    }

    internal abstract void WriteInput(Utf8JsonWriter json, IReadOnlyDictionary<string, string> paths);

    internal abstract void WriteFallback(Utf8JsonWriter json);

    internal void SetFallback(object? value)
    {
        HasFallback = true;
        Fallback = value;
    }
}

internal sealed class SingleTask<T>(string name, TaskTemplate<T> template, IEnumerable<Output> after)
    : WorkflowTask(name, template.Kind, template.ResultPath, typeof(T), template.References, after)
{
    public override async Task<object?> RunAsync(ITaskExecutor executor, WorkflowValues values, CancellationToken cancellationToken) =>
        await executor.RunAsync(template.Bind(values), cancellationToken).ConfigureAwait(false);

    internal override void WriteInput(Utf8JsonWriter json, IReadOnlyDictionary<string, string> paths) => template.WriteTemplate(json, paths);

    internal override void WriteFallback(Utf8JsonWriter json) => template.WriteOutput(json, (T)Fallback!);
}

/// <summary>A task that runs once for every item of an output.</summary>
internal sealed class FanOutTask<TItem, T>(string name, Output items, ItemOutput<TItem> item, TaskTemplate<T> template)
    : WorkflowTask(name, template.Kind, PathOfResults(template), typeof(T[]), [items, .. template.References], [])
{
    public override async Task<object?> RunAsync(ITaskExecutor executor, WorkflowValues values, CancellationToken cancellationToken)
    {
        var list = (IReadOnlyList<TItem>)items.Read(values)!;
        // The first failure stops the others: without one item's result there is no array of results.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        return await Task.WhenAll(list.Select(RunOneAsync)).ConfigureAwait(false);

        async Task<T> RunOneAsync(TItem each)
        {
            try
            {
                return await executor.RunAsync(template.Bind(values.WithItem(item, each)), stop.Token).ConfigureAwait(false);
            }
            catch
            {
                await stop.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    internal override void WriteItems(Utf8JsonWriter json, IReadOnlyDictionary<string, string> paths)
    {
        json.WritePropertyName("forEach"u8);
        items.WriteReference(json, paths);
    }

    internal override void WriteInput(Utf8JsonWriter json, IReadOnlyDictionary<string, string> paths) => template.WriteTemplate(json, paths);

    internal override void WriteFallback(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        foreach (T result in (T[])Fallback!)
            template.WriteOutput(json, result);
        json.WriteEndArray();
    }

    // As JSON its output is the array of the outputs of all items.
    private static string PathOfResults(TaskTemplate<T> template) =>
        template.ResultPath == WorkflowPath.Root ? WorkflowPath.Root : WorkflowPath.Root + WorkflowPath.Each + template.ResultPath[WorkflowPath.Root.Length..];
}
