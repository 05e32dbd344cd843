using System.Globalization;
using Gristmill;
using Gristmill.Examples.PerformanceDemo;

// dotnet run -c Release --project examples/PerformanceDemo -- [seconds per row] [worker counts, as 1,2,4]
// Piped, or with its output in a file, it writes each row as a line when it is done.
TimeSpan perRow = args.Length > 0 ? TimeSpan.FromSeconds(double.Parse(args[0], CultureInfo.InvariantCulture)) : 3.Seconds();
int[] workerCounts = args.Length > 1
    ? [.. args[1].Split(',').Select(count => int.Parse(count, CultureInfo.InvariantCulture))]
    : [.. Load.WorkerCounts(Environment.ProcessorCount)];

if (Console.IsOutputRedirected)
    await Report.WriteLinesAsync(workerCounts, perRow);
else
    await Report.ShowTableAsync(workerCounts, perRow);
