using System.Collections.Immutable;

namespace Gristmill;

/// <summary>A workflow is not sound. Never transient: the definition must change.</summary>
public sealed class WorkflowDefinitionException(ImmutableArray<string> faults)
    : GristmillException(ErrorCodes.InvalidInput, string.Join(" ", faults), isTransient: false)
{
    public WorkflowDefinitionException(string fault)
        : this([fault])
    {
    }

    /// <summary>A sentence for each fault.</summary>
    public ImmutableArray<string> Faults { get; } = faults;
}

/// <summary>How one task of a workflow ended.</summary>
/// <param name="State">A terminal state; cancelled also for a task that never started.</param>
/// <param name="Error">Why it did not succeed; null when it did, or never started.</param>
public sealed record WorkflowTaskOutcome(TaskState State, TaskError? Error);

/// <summary>A workflow ended without its result. Code and transience are those of the first failure.</summary>
public sealed class WorkflowFailedException(
    string workflow, string task, ImmutableDictionary<string, WorkflowTaskOutcome> outcomes, Exception innerException)
    : GristmillException(
        CodeOf(innerException).Code, $"The workflow '{workflow}' failed at '{task}': {innerException.Message}", CodeOf(innerException).IsTransient,
        innerException)
{
    public string Workflow { get; } = workflow;

    /// <summary>The task that failed first.</summary>
    public string Task { get; } = task;

    /// <summary>What became of every task.</summary>
    public ImmutableDictionary<string, WorkflowTaskOutcome> Outcomes { get; } = outcomes;

    private static TaskError CodeOf(Exception exception) => TaskError.From(exception);
}
