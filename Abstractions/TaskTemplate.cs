using System.ComponentModel;
using System.Text.Json;

namespace Gristmill;

/// <summary>
/// A task of a workflow: a kind, and arguments some of which may be outputs of other tasks. The generated factories make it when they are
/// given an <see cref="Output{T}"/> (<c>MathTask.Multiply(sum, 2)</c>). A <see cref="TaskRequest{TResult}"/> is a template without
/// references. Immutable.
/// </summary>
public abstract class TaskTemplate<TResult>
{
    /// <summary>The kind that runs it.</summary>
    public abstract TaskKind Kind { get; }

    /// <summary>Where the result lies in the kind's JSON output: <c>$.result</c>, or <c>$</c> where the output is the result.</summary>
    public virtual string ResultPath => "$.result";

    /// <summary>The outputs that it needs.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public abstract IEnumerable<Output> References { get; }

    /// <summary>The request, once those outputs are there.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public abstract TaskRequest<TResult> Bind(WorkflowValues values);

    /// <summary>Writes the input of <see cref="Kind"/>, with <c>{"$from":…,"path":…}</c> in place of each reference.</summary>
    /// <param name="json">The writer.</param>
    /// <param name="paths">The result path of every task, by name.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public abstract void WriteTemplate(Utf8JsonWriter json, IReadOnlyDictionary<string, string> paths);

    /// <summary>Writes a result as the JSON output of <see cref="Kind"/>, for a fallback.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public abstract void WriteOutput(Utf8JsonWriter json, TResult result);
}
