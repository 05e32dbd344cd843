namespace Gristmill;

/// <summary>What the failure of one task means for the other tasks of a workflow.</summary>
public enum WorkflowFailurePolicy
{
    /// <summary>Running tasks are cancelled and no other starts. The default: the result cannot come any more.</summary>
    StopAll = 0,

    /// <summary>Tasks that do not depend on the failed one still run.</summary>
    FinishOthers = 1,
}
