using System.Buffers;

namespace Gristmill;

/// <summary>
/// A registered kind of task: its name, what it takes and gives, its defaults, and how to run it. The generator writes one subclass
/// per operation; instances are immutable and shared by all threads.
/// </summary>
public abstract class TaskKind
{
    /// <summary>Dotted lower-case name, such as <c>math.add</c>; unique in an engine.</summary>
    public abstract string Name { get; }

    /// <summary>One sentence for a person, from the XML summary of the handler.</summary>
    public abstract string Description { get; }

    /// <summary>JSON Schema (2020-12) of the input object.</summary>
    public abstract string InputSchema { get; }

    /// <summary>JSON Schema (2020-12) of the output object.</summary>
    public abstract string OutputSchema { get; }

    /// <summary>
    /// How long a handler may run: more than zero; <see cref="TimeSpan.MaxValue"/> means for ever. Defaults to 5 minutes, so that no task can hold a
    /// worker for ever.
    /// </summary>
    public virtual TimeSpan Timeout => TimeSpan.FromMinutes(5);

    /// <summary>Attempts before a task fails for good, the first one included. Defaults to 3.</summary>
    /// <remarks>
    /// Another attempt follows a transient failure: a <see cref="GristmillException"/> whose <see cref="GristmillException.IsTransient"/> is true. A stored
    /// task is also tried again after other exceptions of its handler, but for <see cref="OverflowException"/>. An attempt that ran out of its time is
    /// never followed by another.
    /// </remarks>
    public virtual int MaxAttempts => 3;

    /// <summary>The queue of tasks that name none.</summary>
    public virtual string Queue => "default";

    /// <summary>The arrays of the input that <see cref="PayloadFormat.Binary"/> can carry, in the order of the schema.</summary>
    public virtual IReadOnlyList<BinaryArray> BinaryInput => [];

    /// <summary>
    /// The type of the elements, such as <c>float64</c>, where the result is an array of numbers that can also be had as raw elements; null
    /// where JSON is all there is.
    /// </summary>
    public virtual string? BinaryOutput => null;

    /// <summary>
    /// Reads <paramref name="input"/>, runs one attempt, and writes the output. Expected to be called on an engine worker.
    /// </summary>
    /// <exception cref="InvalidTaskInputException">The input does not match <see cref="InputSchema"/>; the handler was not called.</exception>
    public abstract ValueTask InvokeAsync(TaskPayload input, IBufferWriter<byte> output, TaskContext context);

    /// <summary>
    /// Reads <paramref name="input"/> as <see cref="InvokeAsync"/> would, and runs nothing: for a task that is accepted now and runs later. A kind
    /// that does not override it accepts everything, and finds out when it runs.
    /// </summary>
    /// <exception cref="InvalidTaskInputException">The input does not match <see cref="InputSchema"/>.</exception>
    public virtual void CheckInput(TaskPayload input)
    {
    }

    public override string ToString() => Name;
}
