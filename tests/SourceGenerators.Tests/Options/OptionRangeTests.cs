using System.Collections.Immutable;
using Gristmill.SourceGenerators.Options;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Gristmill.SourceGenerators.Tests.Options;

public class OptionRangeTests
{
    // As TaskEngine declares them: this project builds without the engine and its native kernels.
    private const string Engine =
        """
        namespace Gristmill
        {
            using System.ComponentModel.DataAnnotations;

            public sealed class TaskEngineOptions
            {
                [Range(1, 1024)] public int Workers { get; set; } = 1;
                [Range(1, 1024)] public int? MinWorkers { get; set; }
                public IDictionary<string, int> ConcurrencyLimits { get; } = new Dictionary<string, int>();
                [Range(64L * 1024, long.MaxValue)] public long MemoryBudgetBytes { get; set; } = 256L * 1024 * 1024;
                [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")] public TimeSpan StopTimeout { get; set; }
                [Required, StringLength(64, MinimumLength = 1)] public string Name { get; set; } = "gristmill";
                public bool Metrics { get; set; }
            }

            public sealed class TaskEngineBuilder
            {
                public TaskEngineBuilder Workers(int count) => this;
                public TaskEngineBuilder Workers(int least, int most) => this;
                public TaskEngineBuilder Limit(string kind, int tasks) => this;
                public TaskEngineBuilder MemoryPool(long bytes) => this;
                public TaskEngineBuilder Name(string name) => this;
                public TaskEngineBuilder Metrics(bool enabled = true) => this;
            }

            public static class Units
            {
                public static long KiB(this int count) => count * 1024L;
                public static long MiB(this int count) => count * 1024L * 1024;
                public static TimeSpan Hours(this int count) => TimeSpan.FromHours(count);
            }
        }
        """;

    [Theory]
    [InlineData("e.Workers([|0|])", "'Workers' is 1 to 1024, and never 0")]
    [InlineData("e.Workers(4).Workers([|1025|])", "'Workers' is 1 to 1024, and never 1025")]
    [InlineData("e.Workers([|-Most|])", "never -5000")]
    [InlineData("e.Workers([|0|], 4)", "'MinWorkers' is 1 to 4, and never 0")]
    [InlineData("e.Workers([|8|], 4)", "'MinWorkers' is 1 to 4, and never 8")]
    [InlineData("e.Workers(most: [|2000|], least: n)", "'Workers' is 1 to 1024, and never 2000")]
    [InlineData("e.Limit(\"a\", [|0|])", "'Limit' is 1 or more, and never 0")]
    [InlineData("o.ConcurrencyLimits[\"a\"] = [|0|]", "'ConcurrencyLimits' is 1 or more, and never 0")]
    [InlineData("e.MemoryPool([|63.KiB()|])", "'MemoryPool' is 65536 or more, and never 64512")]
    [InlineData("e.Name([|\"\"|])", "'Name' is 1 to 64 characters, and never \"\"")]
    [InlineData("o.Workers = [|0|]", "'Workers' is 1 to 1024")]
    [InlineData("o.StopTimeout = [|25.Hours()|]", "'StopTimeout' is 00:00:00 to 1.00:00:00, and never 1.01:00:00")]
    [InlineData("o.StopTimeout = [|TimeSpan.FromSeconds(-1)|]", "never -00:00:01")]
    [InlineData("new TaskEngineOptions { Workers = [|0|] }.ToString()", "'Workers'")]
    public async Task Constant_OutOfRange_IsAnError(string marked, string message)
    {
        string statement = marked.Replace("[|", "", StringComparison.Ordinal).Replace("|]", "", StringComparison.Ordinal);

        Diagnostic problem = Assert.Single(await AnalyzeAsync(statement));

        Assert.Equal("GM0016", problem.Id);
        Assert.Contains(message, problem.GetMessage(null), StringComparison.Ordinal);
        string pointed = problem.Location.SourceTree!.ToString()[problem.Location.SourceSpan.Start..problem.Location.SourceSpan.End];
        Assert.Equal(marked.Split("[|")[1].Split("|]")[0], pointed);
    }

    [Theory]
    [InlineData("e.Workers(1024)")]
    [InlineData("e.Workers(n)")]
    [InlineData("e.Workers(2, 4).Workers(4, n).Limit(\"a\", 1)")]
    [InlineData("o.ConcurrencyLimits[\"a\"] = 1")]
    [InlineData("e.MemoryPool(1.MiB()).Metrics()")]
    [InlineData("e.Name(\"mill\")")]
    [InlineData("o.StopTimeout = TimeSpan.Zero")]
    [InlineData("o.StopTimeout = 24.Hours()")]
    [InlineData("o.Metrics = false")]
    public async Task Value_ValidOrUnknown_IsLeftAlone(string statement) => Assert.Empty(await AnalyzeAsync(statement));

    [Fact]
    public void Rule_HasItsPage()
    {
        DiagnosticDescriptor rule = Assert.Single(new OptionRangeAnalyzer().SupportedDiagnostics);
        Assert.StartsWith(
            $"# {rule.Id}: {rule.Title}\n", File.ReadAllText(Path.Combine(Repository.Root, rule.HelpLinkUri)), StringComparison.Ordinal);
    }

    private static Task<ImmutableArray<Diagnostic>> AnalyzeAsync(string statement)
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(Engine, $$"""
            public static class Program
            {
                private const int Most = 5000;
                public static void Configure(TaskEngineBuilder e, TaskEngineOptions o, int n) { {{statement}}; }
            }
            """);
        Assert.Empty(compilation.GetDiagnostics(TestContext.Current.CancellationToken).Where(static d => d.Severity >= DiagnosticSeverity.Warning));
        return compilation
            .WithOptions(compilation.Options.WithGeneralDiagnosticOption(ReportDiagnostic.Default))
            .WithAnalyzers([new OptionRangeAnalyzer()])
            .GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);
    }
}
