namespace Gristmill.Benchmarks;

/// <summary>One line of the table.</summary>
/// <param name="Name">The bench and its variant.</param>
/// <param name="Unit">Of <paramref name="Ours"/> and <paramref name="Baseline"/>.</param>
/// <param name="Ours">Median.</param>
/// <param name="BaselineName">What it is compared with; null when the bar is absolute.</param>
/// <param name="Baseline">Median; null when there is none.</param>
/// <param name="Ratio">Median of the rounds' ratios, or the value that an absolute bar is for.</param>
/// <param name="Min">Least ratio of a round.</param>
/// <param name="Max">Greatest ratio of a round.</param>
/// <param name="Bar">What is asked for, as text.</param>
/// <param name="Pass">Null when the row is information, or its peer is missing.</param>
/// <param name="Note">What a reader should know.</param>
public sealed record BenchmarkRow(
    string Name,
    string Unit,
    double Ours,
    string? BaselineName,
    double? Baseline,
    double Ratio,
    double Min,
    double Max,
    string Bar,
    bool? Pass,
    string? Note = null);
