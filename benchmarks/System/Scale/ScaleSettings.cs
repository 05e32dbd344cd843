namespace Gristmill.Scale;

/// <summary>
/// What a simulated cluster is like. Times that the product has as settings or constants have its values; the others are said in docs/scale.md.
/// </summary>
/// <param name="Silos">Silos at the start.</param>
/// <param name="Seed">The same seed gives the same numbers.</param>
internal sealed record ScaleSettings(int Silos, int Seed)
{
    /// <summary>Four for each silo, as far as <c>Tasks:Partitions</c> goes.</summary>
    public int Partitions { get; init; } = Math.Min(4_096, 4 * Silos);

    public int Workers { get; init; } = 8;

    /// <summary>How long a handler runs on average; the times are exponential.</summary>
    public double TaskSeconds { get; init; } = 0.5;

    /// <summary>Share of the first silos' workers that the tasks need.</summary>
    public double Load { get; init; } = 0.7;

    /// <summary>Share of the partitions that are hot, and share of the tasks that those get.</summary>
    public (double Partitions, double Tasks) Hot { get; init; } = (0.01, 0.5);

    /// <summary>Share of the first silos that come, that are killed, and that leave; each at its time.</summary>
    public (double Join, double Die, double Leave) Churn { get; init; } = (0.1, 0.05, 0.05);

    public double JoinAt { get; init; } = 30;

    public double DieAt { get; init; } = 60;

    public double LeaveAt { get; init; } = 90;

    public double EndAt { get; init; } = 120;

    /// <summary><c>Tasks:RebalanceDelay</c>: how long a partition stays where it should not be.</summary>
    public double RebalanceDelay { get; init; } = 10;

    /// <summary>Between a kill and the vote: <c>Cluster:ProbeTimeout</c> and <c>Cluster:MissedProbes</c>.</summary>
    public (double Least, double Most) Detection { get; init; } = (3, 5);

    /// <summary>A partition's tick: how often it looks where it should be, and who is dead.</summary>
    public double Tick { get; init; } = 1;

    /// <summary>To open a partition elsewhere, with what waits in it.</summary>
    public double OpenSeconds { get; init; } = 0.2;

    /// <summary>From a task's being ready, with a request waiting, to its handler: a commit and a call.</summary>
    public double GrantSeconds { get; init; } = 0.005;

    /// <summary>How long a request for tasks waits at a partition.</summary>
    public double Patience { get; init; } = 10;

    /// <summary>
    /// False: a partition gives a task to any of the requests that wait, by lot, as the product does. True: to the one that has waited longest.
    /// </summary>
    public bool ByAge { get; init; }

    /// <summary>Where partitions belong: given their number and the silos' names, for each partition the index of its silo.</summary>
    public required Func<int, IReadOnlyList<string>, int[]> Assign { get; init; }
}
