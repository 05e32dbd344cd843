namespace Gristmill.Scale;

/// <summary>The cluster at the end of a simulated second.</summary>
/// <param name="Second">Seconds from the start.</param>
/// <param name="Silos">Silos that live.</param>
/// <param name="MostPartitions">Partitions of the silo that has the most.</param>
/// <param name="MeanPartitions">Partitions of a silo on average.</param>
/// <param name="Closed">Partitions that nobody has open.</param>
/// <param name="LoadImbalance">Tasks that arrived in the second at the silo where most did, over the mean.</param>
/// <param name="IdleShare">Share of all workers that have nothing to do.</param>
/// <param name="Ready">Tasks that wait in partitions.</param>
/// <param name="OldestSeconds">How long the oldest of them has waited.</param>
/// <param name="Behind">Tasks that wait in a silo behind its workers.</param>
/// <param name="Requests">Requests for tasks in the second.</param>
/// <param name="Moved">Partitions opened elsewhere, since the start.</param>
internal readonly record struct ScaleSample(
    int Second, int Silos, int MostPartitions, double MeanPartitions, int Closed, double LoadImbalance, double IdleShare, int Ready,
    double OldestSeconds, int Behind, long Requests, int Moved);

/// <summary>What followed from silos that came or went.</summary>
/// <param name="What">What happened.</param>
/// <param name="Moved">Partitions that were opened elsewhere.</param>
/// <param name="Needed">How many would have been enough: those whose silo is gone, or that the new silos must get.</param>
/// <param name="Seconds">Until every partition was where it belongs; null when the next change, or the end, came before.</param>
/// <param name="MostOldestSeconds">The longest that a ready task had waited at the end of any second until then.</param>
/// <param name="RunAgain">Tasks that were lost with their silo, and run again.</param>
internal sealed record ScaleChange(string What, int Moved, int Needed, double? Seconds, double MostOldestSeconds, int RunAgain);

internal sealed record ScaleResult(
    IReadOnlyList<ScaleSample> Samples, IReadOnlyList<ScaleChange> Changes, long Accepted, long Finished, long Live, double StolenShare, double MeanWait,
    double P99Wait);
