using System.Globalization;

namespace Gristmill.Crash;

/// <summary>A handler has begun: a line that the handlers of benchmarks/TestKinds write.</summary>
/// <param name="Task">The task's id.</param>
/// <param name="Attempt">1 for the first.</param>
/// <param name="Epoch">Of the partition's activation that gave it out.</param>
/// <param name="Process">The silo's process.</param>
/// <param name="At">The machine's monotonic clock, which all its processes share.</param>
/// <param name="Token">Never the same twice; the task's result if this execution's completion counted.</param>
internal sealed record Execution(string Task, int Attempt, long Epoch, int Process, long At, string Token);

internal static class Ledger
{
    /// <summary>The environment variable that tells handlers where it is.</summary>
    public const string Variable = "GRISTMILL_LEDGER";

    /// <summary>What was written until now, in the order of writing.</summary>
    public static IReadOnlyList<Execution> Read(string path) => File.Exists(path) ? [.. File.ReadLines(path).Select(Parse)] : [];

    public static Execution Parse(string line)
    {
        string[] words = line.Split(' ');
        return new Execution(
            words[0],
            int.Parse(words[1], CultureInfo.InvariantCulture),
            long.Parse(words[2], CultureInfo.InvariantCulture),
            int.Parse(words[3], CultureInfo.InvariantCulture),
            long.Parse(words[4], CultureInfo.InvariantCulture),
            words[5]);
    }
}
