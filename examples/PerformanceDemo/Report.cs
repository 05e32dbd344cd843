using System.Globalization;
using Spectre.Console;

namespace Gristmill.Examples.PerformanceDemo;

/// <summary>Shows the figures: on a terminal as a table that moves, elsewhere as lines.</summary>
internal static class Report
{
    private static readonly string[] s_columns = ["workers", "tasks", "tasks/s", "speed-up", "median", "99 %", "stolen"];

    public static async Task ShowTableAsync(IReadOnlyList<int> workerCounts, TimeSpan perRow)
    {
        var table = new Table().Title("SHA-256 of 32 KiB, four callers per worker");
        foreach (string column in s_columns)
            table.AddColumn(new TableColumn(column).RightAligned());
        await AnsiConsole.Live(table).StartAsync(async live =>
        {
            double one = 0;
            foreach (int workers in workerCounts)
            {
                int row = table.Rows.Count;
                table.AddRow([.. s_columns.Select(_ => "…")]);
                Figures last = await Load.RunAsync(workers, perRow, figures => Show(figures, one));
                one = one > 0 ? one : last.PerSecond;
                Show(last, one);

                void Show(Figures figures, double baseline)
                {
                    string[] cells = Cells(figures, baseline);
                    for (int i = 0; i < cells.Length; i++)
                        table.UpdateCell(row, i, cells[i]);
                    live.Refresh();
                }
            }
        });
    }

    public static async Task WriteLinesAsync(IReadOnlyList<int> workerCounts, TimeSpan perRow)
    {
        Console.WriteLine(Line(s_columns));
        double one = 0;
        foreach (int workers in workerCounts)
        {
            Figures last = await Load.RunAsync(workers, perRow, static _ => { });
            one = one > 0 ? one : last.PerSecond;
            Console.WriteLine(Line(Cells(last, one)));
        }
    }

    private static string[] Cells(Figures figures, double one) =>
    [
        Text(figures.Workers, "0"),
        Text(figures.Tasks, "N0"),
        Text(figures.PerSecond, "N0"),
        one > 0 ? Text(figures.PerSecond / one, "0.00") : "",
        Text(figures.Median.TotalMicroseconds, "N0") + " µs",
        Text(figures.P99.TotalMicroseconds, "N0") + " µs",
        Text(figures.Stolen, "N0"),
    ];

    private static string Text(IFormattable number, string format) => number.ToString(format, CultureInfo.InvariantCulture);

    private static string Line(IEnumerable<string> cells) => string.Concat(cells.Select(static cell => cell.PadLeft(12)));
}
