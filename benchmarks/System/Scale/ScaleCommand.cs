using System.Diagnostics;
using System.Globalization;
using Gristmill.Grains;

namespace Gristmill.Scale;

/// <summary><c>scale --silos N --seed S [--partitions P] [--load L] [--by-age]</c>: a simulated cluster, second by second; docs/scale.md says what is and what is not in it.</summary>
internal static class ScaleCommand
{
    private const int Step = 5;

    /// <returns>The exit code: 1 when a partition was still elsewhere at the end.</returns>
    public static int Run(string[] args)
    {
        var settings = new ScaleSettings((int)(Number(args, "--silos") ?? 1_000), (int)(Number(args, "--seed") ?? 1))
        {
            Assign = PartitionMap.Assign,
            ByAge = args.Contains("--by-age"),
        };
        if (Number(args, "--partitions") is { } partitions)
            settings = settings with { Partitions = (int)partitions };
        if (Number(args, "--load") is { } load)
            settings = settings with { Load = load };
        Print($"{settings.Silos} silos of {settings.Workers} workers, {settings.Partitions} partitions, load {settings.Load:0.00}, tasks of {settings.TaskSeconds} s, seed {settings.Seed}");
        Print($"where partitions belong takes {AssignMs(settings):0} ms to work out");
        ScaleResult result = new ScaleModel(settings).Run();

        Print($"{"s",4} {"silos",6} {"partitions, most and mean",26} {"closed",7} {"load max/mean",14} {"idle",6} {"ready",7} {"oldest s",9} {"behind",7} {"requests/s",11} {"moved",7}");
        foreach (ScaleSample s in result.Samples.Where(sample => sample.Second % Step == 0))
            Print($"{s.Second,4} {s.Silos,6} {s.MostPartitions,18} {s.MeanPartitions,7:0.00} {s.Closed,7} {s.LoadImbalance,14:0.0} {s.IdleShare,6:0.00} {s.Ready,7} {s.OldestSeconds,9:0.00} {s.Behind,7} {s.Requests,11} {s.Moved,7}");
        foreach (ScaleChange c in result.Changes)
        {
            string time = c.Seconds is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"in place after {seconds:0} s") : "not in place when the next change, or the end, came";
            Print($"{c.What}: {c.Moved} partitions moved ({c.Needed} needed), {time}, oldest ready task {c.MostOldestSeconds:0.0} s, {c.RunAgain} tasks run again");
        }

        Print($"{result.Accepted} tasks accepted, {result.Finished} finished, {result.Live} live; {result.StolenShare:0.000} run by another silo than their partition's; wait mean {result.MeanWait * 1000:0} ms, p99 {result.P99Wait * 1000:0} ms");
        return result.Samples[^1].Closed == 0 ? 0 : 1;
    }

    private static double AssignMs(ScaleSettings settings)
    {
        string[] names = [.. Enumerable.Range(0, settings.Silos).Select(i => string.Create(CultureInfo.InvariantCulture, $"10.0.{i / 250}.{i % 250 + 1}:11111"))];
        settings.Assign(settings.Partitions, names);
        long start = Stopwatch.GetTimestamp();
        settings.Assign(settings.Partitions, names);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static double? Number(string[] args, string name) =>
        Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? double.Parse(args[at + 1], CultureInfo.InvariantCulture) : null;
}
