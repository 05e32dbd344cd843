using System.Buffers;
using System.Text.Json;

namespace Gristmill;

/// <summary>
/// A typed request to run one task, as the generated factories make it (<c>MathTask.Add(1, 2, 3)</c>). It can be run in process
/// without any encoding, or written as the input of its kind. Immutable; may be run more than once.
/// </summary>
public abstract class TaskRequest<TResult> : TaskTemplate<TResult>
{
    public sealed override IEnumerable<Output> References => [];

    /// <summary>Runs one attempt in this process, with the arguments as they are.</summary>
    public abstract ValueTask<TResult> InvokeAsync(TaskContext context);

    /// <summary>Writes the arguments as the JSON input of <see cref="TaskTemplate{TResult}.Kind"/>.</summary>
    public abstract void WriteInput(IBufferWriter<byte> output);

    /// <summary>Reads what <see cref="TaskKind.InvokeAsync"/> wrote.</summary>
    /// <exception cref="FormatException">The bytes are no output of this kind.</exception>
    public abstract TResult ReadOutput(ReadOnlySpan<byte> json);

    public sealed override TaskRequest<TResult> Bind(WorkflowValues values) => this;

    public sealed override void WriteTemplate(Utf8JsonWriter json, IReadOnlyDictionary<string, string> paths)
    {
        ArgumentNullException.ThrowIfNull(json);
        var input = new ArrayBufferWriter<byte>();
        WriteInput(input);
        WorkflowTemplate.WriteLiteral(json, input.WrittenSpan);
    }
}
