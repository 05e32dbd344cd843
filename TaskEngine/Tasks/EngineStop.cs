namespace Gristmill;

/// <summary>How an engine goes down.</summary>
public enum EngineStop
{
    /// <summary>Takes no new task and waits for those it has, however long they take.</summary>
    Drain,

    /// <summary>Takes no new task, cancels those it has, and waits no longer than <see cref="TaskEngineOptions.StopTimeout"/> for their handlers.</summary>
    Cancel,
}
