namespace Gristmill;

/// <summary>How an engine goes down.</summary>
public enum EngineStop
{
    /// <summary>Takes no new task and waits for those it has.</summary>
    Drain,

    /// <summary>Takes no new task and cancels those it has.</summary>
    Cancel,
}
