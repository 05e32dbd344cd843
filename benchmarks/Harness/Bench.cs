using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Gristmill.Benchmarks;

/// <summary>
/// Runs measurements in interleaved rounds, ours and the baseline's in turn, so that what else the machine does falls on both; compares
/// round by round, and prints medians and the spread.
/// </summary>
public sealed class Bench(string[] args)
{
    private readonly List<BenchmarkRow> _rows = [];
    private readonly SortedSet<string> _asked = new(StringComparer.Ordinal);
    private readonly bool _json = args.Contains("--json");
    private readonly string[] _only = [.. args.Where((arg, i) => !arg.StartsWith('-') && (i == 0 || args[i - 1] != "--url"))];

    public bool Quick { get; } = args.Contains("--quick");

    public int Rounds => Quick ? 5 : 15;

    /// <summary>Benches are chosen by the start of their name; without names, all run. A group (B) is wanted when one of its benches (B2) is.</summary>
    public bool Wants(string name)
    {
        _asked.Add(name);
        return _only.Length == 0 || _only.Any(only => IsStart(only, name) || IsStart(name, only));
    }

    /// <summary>The exit code, when all benches are done: 2 when a name on the command line is nobody's, 1 when a bar was missed.</summary>
    public int Finish()
    {
        string[] unknown = [.. _only.Where(only => !_asked.Concat(_rows.Select(row => row.Name)).Any(name => IsStart(only, name)))];
        if (unknown.Length > 0)
        {
            Console.Error.WriteLine($"No bench is called {string.Join(" or ", unknown)}. There are: {string.Join("; ", _asked)}.");
            return 2;
        }

        return _rows.Any(row => row.Pass == false) ? 1 : 0;
    }

    /// <summary>Compares two measurements in which less is better, such as times. Each call is one round.</summary>
    public BenchmarkRow Compare(
        string name, string unit, Func<double> ours, string baselineName, Func<double>? baseline, Bar? bar, string? note = null, int? rounds = null)
    {
        // The JIT needs a while to reach its best code, and both sides get the same.
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalMilliseconds < (Quick ? 500 : 1500);)
        {
            ours();
            baseline?.Invoke();
        }

        int count = rounds ?? Rounds;
        var mine = new double[count];
        var theirs = new double[count];
        var ratios = new double[count];
        for (int round = 0; round < count; round++)
        {
            // Who goes first alternates: a round inherits the state that the one before leaves.
            if (round % 2 == 0)
                mine[round] = ours();
            if (baseline is not null)
                theirs[round] = baseline();
            if (round % 2 == 1)
                mine[round] = ours();
            ratios[round] = baseline is null ? double.NaN : mine[round] / theirs[round];
        }

        double ratio = Median(ratios);
        bool? pass = baseline is null ? null : bar?.IsHeld(ratio, ratios.Min(), ratios.Max());
        return Add(new BenchmarkRow(
            name, unit, Median(mine), baselineName, baseline is null ? null : Median(theirs), ratio, ratios.Min(), ratios.Max(),
            bar?.ToString() ?? "", pass, baseline is null ? "peer missing" : note));
    }

    /// <summary>Records a value that stands for itself.</summary>
    public BenchmarkRow Report(string name, string unit, IReadOnlyList<double> values, string bar, bool? pass, string? note = null)
    {
        double median = Median([.. values]);
        return Add(new BenchmarkRow(name, unit, median, null, null, median, values.Min(), values.Max(), bar, pass, note));
    }

    public BenchmarkRow Add(BenchmarkRow row)
    {
        _rows.Add(row);
        Print(row);
        return row;
    }

    public static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Nanoseconds of one call.</summary>
    public static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }

    public void PrintHeader(string title)
    {
        if (_json)
            return;
        Console.WriteLine($"# {title}: {Environment.ProcessorCount} cores, .NET {Environment.Version}, {Rounds} interleaved rounds");
        Console.WriteLine();
        Console.WriteLine("| bench | ours | baseline | ratio (min–max) | bar | |");
        Console.WriteLine("|---|---|---|---|---|---|");
    }

    private void Print(BenchmarkRow row)
    {
        if (_json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                name = row.Name,
                unit = row.Unit,
                ours = Finite(row.Ours),
                baselineName = row.BaselineName,
                baseline = row.Baseline,
                ratio = Finite(row.Ratio),
                min = Finite(row.Min),
                max = Finite(row.Max),
                bar = row.Bar,
                pass = row.Pass,
                note = row.Note,
            }));
            return;
        }

        string verdict = row.Pass switch { true => "pass", false => "FAIL", null => "–" };
        string baseline = row.BaselineName is null ? ""
            : row.Baseline is { } value ? $"{row.BaselineName} {Show(value)}" : $"{row.BaselineName} missing";
        string ratio = double.IsNaN(row.Ratio) ? "–" : $"{Show(row.Ratio)} ({Show(row.Min)}–{Show(row.Max)})";
        Console.WriteLine($"| {row.Name} | {Show(row.Ours)} {row.Unit} | {baseline} | {ratio} | {row.Bar} | {verdict}{(row.Note is null ? "" : "; " + row.Note)} |");
    }

    private static bool IsStart(string start, string name) => name.StartsWith(start, StringComparison.OrdinalIgnoreCase);

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static string Show(double value) =>
        value.ToString(Math.Abs(value) >= 100 ? "#,0" : Math.Abs(value) >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
