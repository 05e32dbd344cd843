using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace Gristmill.Examples.Tests;

/// <summary>Runs each example as a user does, with its output in a pipe.</summary>
public sealed class ExampleTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task BasicUsage_Computes_AndCounts()
    {
        string[] lines = await RunAsync("BasicUsage");

        Assert.Equal("1 + 2 + 3   = 6", lines[0]);
        Assert.Contains("hello back  = olleh", lines);
        Assert.Contains(lines, static line => line.StartsWith("21!        : overflow: ", StringComparison.Ordinal));
        Assert.StartsWith("5 succeeded, 1 failed; 2 workers ran ", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task AdvancedFeatures_ShowsEachOfThem() => Assert.Equal(
        [
            "priorities : urgent, as usual, whenever",
            "deadlines  : within the hour, by tonight",
            "expired    : what came too late never ran",
            "progress   : 25 % 50 % 75 % 100 %",
            "cancelled  : halfway",
            "retry      : worked at attempt 3",
            "decorator  : read at call 2",
            "workflow   : krow slaets srekrow",
            """as JSON    : {"name":"backwards","tasks":[{"name":"words","kind":"demo.words","input":{"text":"work steals workers"},"dependsOn":[]},{"name":"reverse","kind":"string.reverse","forEach":{"$from":"words","path":"$.result"},"input":{"input":{"$item":"$"}},"dependsOn":["words"]},{"name":"join","kind":"demo.join","input":{"words":{"$from":"reverse","path":"$[*].output"}},"dependsOn":["reverse"]}],"result":{"$from":"join","path":"$.result"}}""",
            "pool       : 20 texts, never more than 2 models",
        ],
        await RunAsync("AdvancedFeatures"));

    [Fact]
    public async Task PerformanceDemo_InAPipe_WritesALinePerNumberOfWorkers()
    {
        string[] lines = await RunAsync("PerformanceDemo", "0.2", "1,2");

        Assert.Equal(["workers", "tasks", "tasks/s", "speed-up", "median", "99", "%", "stolen"], Words(lines[0]));
        Assert.Equal(["1", "2"], lines[1..].Select(static line => Words(line)[0]));
        Assert.All(lines[1..], static line => Assert.True(int.Parse(Words(line)[1], NumberStyles.AllowThousands, CultureInfo.InvariantCulture) > 0, line));

        static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    private static async Task<string[]> RunAsync(string example, params string[] arguments)
    {
        string path = Path.Combine(Metadata("OutputPath"), example, Metadata("Configuration"), $"Gristmill.Examples.{example}.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [path, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var patience = new CancellationTokenSource(s_patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            Assert.Fail($"{example} did not end within {s_patience.TotalSeconds} s.");
        }

        Assert.True(process.ExitCode == 0, $"{example} ended with {process.ExitCode}: {await errors}");
        return (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private static string Metadata(string key) =>
        typeof(ExampleTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
