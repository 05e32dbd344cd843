namespace Gristmill.Scheduling;

/// <summary>What came of a steal. A lost race is not an empty queue: a thief that took it for one would park beside work.</summary>
internal enum StealResult
{
    Empty,
    Success,

    /// <summary>Another thread took the item first; there may be more.</summary>
    Retry,
}
