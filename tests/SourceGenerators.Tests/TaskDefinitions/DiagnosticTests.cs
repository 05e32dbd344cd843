using System.Collections.Immutable;
using Gristmill.SourceGenerators.TaskDefinitions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Gristmill.SourceGenerators.Tests.TaskDefinitions;

/// <summary>Each mistake is reported where it stands, marked <c>[|…|]</c>, and sound definitions are left alone.</summary>
public class DiagnosticTests
{
    [Theory]
    [InlineData("GM0001", """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static int X() => 1; [TaskOperation(Name = "x")] public static int [|Y|]() => 1; }""")]
    [InlineData("GM0001", """
        [TaskDefinition("a.x")] public sealed partial class XHandler : ITaskHandler<int, int> { public ValueTask<int> HandleAsync(int input, TaskContext context) => new(input); }
        [TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static int [|X|]() => 1; }
        """)]
    [InlineData("GM0002", """[TaskDefinition([|"Math"|])] public static partial class MathHandlers { [TaskOperation] public static int X() => 1; }""")]
    [InlineData("GM0002", """[TaskDefinition([|"a..b"|])] public static partial class AHandlers { [TaskOperation] public static int X() => 1; }""")]
    [InlineData("GM0002", """[TaskDefinition([|"a\n"|])] public static partial class AHandlers { [TaskOperation] public static int X() => 1; }""")]
    [InlineData("GM0002", """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation(Name = [|"No"|])] public static int X() => 1; }""")]
    [InlineData("GM0002", """[TaskDefinition("a", Queue = [|"my queue"|])] public static partial class AHandlers { [TaskOperation] public static int X() => 1; }""")]
    [InlineData("GM0002", """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation(Output = [|"sum"|])] public static void X() { } }""")]
    [InlineData("GM0002", """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation(Output = [|"sum"|])] public static Task X() => Task.CompletedTask; }""")]
    [InlineData("GM0002", """[TaskDefinition("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")] public static partial class AHandlers { [TaskOperation(Name = [|"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"|])] public static int X() => 1; }""")]
    [InlineData("GM0003", """[TaskDefinition("a", Timeout = [|"soon"|])] public static partial class AHandlers { [TaskOperation] public static int X(CancellationToken cancellationToken) => cancellationToken.GetHashCode(); }""")]
    [InlineData("GM0003", """[TaskDefinition("a", Timeout = [|"0s"|])] public static partial class AHandlers { [TaskOperation] public static int X(CancellationToken cancellationToken) => cancellationToken.GetHashCode(); }""")]
    [InlineData("GM0004", """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static int X(DateTime [|time|]) => 1; }""")]
    [InlineData("GM0004", """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static int X(DateOnly [|day|]) => 1; }""")]
    [InlineData("GM0004", """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static int X(char [|letter|]) => 1; }""")]
    [InlineData("GM0004", """public struct Opaque; [TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static int X(Opaque [|value|]) => 1; }""")]
    [InlineData("GM0004", """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static int X(IDisposable [|service|]) => 1; }""")]
    [InlineData("GM0004", """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static int X(IProgress<int> [|progress|]) => 1; }""")]
    [InlineData("GM0004", """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static int X(Span<long> [|values|]) => 1; }""")]
    [InlineData("GM0004", """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static (int, int) [|X|]() => (1, 2); }""")]
    [InlineData("GM0004", """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static object [|X|]() => 1; }""")]
    [InlineData("GM0004", """public abstract record R; [TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static int X(List<R> [|list|]) => 1; }""")]
    [InlineData("GM0004", """public sealed record R(Uri Link); [TaskDefinition("a")] public sealed partial class [|AHandler|] : ITaskHandler<R, int> { public ValueTask<int> HandleAsync(R input, TaskContext context) => new(1); }""")]
    [InlineData("GM0004", """[Flags] public enum F { A = 1, B = 2 } [TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static int X(F [|flags|]) => 1; }""")]
    [InlineData("GM0005", """[TaskDefinition("a")] public static class [|AHandlers|] { [TaskOperation] public static int X() => 1; }""")]
    [InlineData("GM0006", """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static async void [|X|]() => await Task.Yield(); }""")]
    [InlineData("GM0007", """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation(Timeout = "5s")] public static int [|X|](int n) => n; }""")]
    [InlineData("GM0007", """[TaskDefinition("a", Timeout = "5s")] public static partial class AHandlers { [TaskOperation] public static int X(int n, CancellationToken [|cancellationToken|]) => n; }""")]
    [InlineData("GM0007", """[TaskDefinition("a", Timeout = "5s")] public sealed partial class AHandler : ITaskHandler<int, int> { public ValueTask<int> HandleAsync(int input, TaskContext [|context|]) => new(input); }""")]
    [InlineData("GM0007", """[TaskDefinition("a", Timeout = "5s")] public sealed partial class AHandler : ITaskHandler<int, int> { ValueTask<int> ITaskHandler<int, int>.HandleAsync(int input, TaskContext [|context|]) => new(input); }""")]
    [InlineData("GM0007", """[TaskDefinition("a", Timeout = "5s")] public static partial class AHandlers { [TaskOperation] public static int X(TaskContext context, CancellationToken [|cancellationToken|]) => context.Attempt; }""")]
    [InlineData("GM0007", """[TaskDefinition("a", Timeout = "5s")] public static partial class AHandlers { [TaskOperation] public static int X(TaskContext [|context|]) => context.Attempt; }""")]
    [InlineData("GM0008", """[TaskDefinition("a")] public static partial class AHandlers { private static readonly IDictionary<int, int> [|s_cache|] = new Dictionary<int, int>(); [TaskOperation] public static int X() => s_cache.Count; }""")]
    [InlineData("GM0008", """[TaskDefinition("a")] public static partial class AHandlers { private static readonly System.Collections.ArrayList [|s_cache|] = new(); [TaskOperation] public static int X() => s_cache.Count; }""")]
    [InlineData("GM0008", """[TaskDefinition("a")] public static partial class AHandlers { private static readonly List<int>[] [|s_cache|] = [[]]; [TaskOperation] public static int X() => s_cache[0].Count; }""")]
    [InlineData("GM0008", """[TaskDefinition("a")] public static partial class AHandlers { private static int [|s_count|]; [TaskOperation] public static int X() => s_count++; }""")]
    [InlineData("GM0008", """[TaskDefinition("a")] public static partial class AHandlers { private static readonly Dictionary<int, int> [|s_cache|] = []; [TaskOperation] public static int X() => s_cache.Count; }""")]
    [InlineData("GM0008", """[TaskDefinition("a")] public static partial class AHandlers { public static int [|Count|] { get; set; } [TaskOperation] public static int X() => Count; }""")]
    [InlineData("GM0009", """[TaskDefinition("a")] public sealed partial class [|AHandler|] : ITaskHandler<int, int> { internal AHandler() { } public ValueTask<int> HandleAsync(int input, TaskContext context) => new(input); }""")]
    [InlineData("GM0010", """[TaskDefinition("a")] public sealed partial class [|AHandler|] { }""")]
    [InlineData("GM0010", """public static class Outer { [TaskDefinition("a")] public static partial class [|AHandlers|] { [TaskOperation] public static int X() => 1; } }""")]
    [InlineData("GM0010", """[TaskDefinition("a")] public sealed partial class [|AHandler|]<T> : ITaskHandler<int, int> { public ValueTask<int> HandleAsync(int input, TaskContext context) => new(input); }""")]
    [InlineData("GM0010", """
        [TaskDefinition("a")] public sealed partial class [|AHandler|] : ITaskHandler<int, int>, ITaskHandler<string, int>
        {
            public ValueTask<int> HandleAsync(int input, TaskContext context) => new(input);
            public ValueTask<int> HandleAsync(string input, TaskContext context) => new(1);
        }
        """)]
    [InlineData("GM0010", """
        [TaskDefinition("a")] public sealed partial class [|AHandler|] : ITaskHandler<int, int> { public required string Folder { get; init; } public ValueTask<int> HandleAsync(int input, TaskContext context) => new(input); }
        """)]
    [InlineData("GM0011", """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static T [|X|]<T>(T value) => value; }""")]
    [InlineData("GM0011", """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] private static int [|X|]() => 1; }""")]
    [InlineData("GM0011", """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static int X(ref int [|n|]) => n; }""")]
    [InlineData("GM0011", """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static int X(int n) => n; [TaskOperation(Name = "y")] public static int [|X|](string s) => 1; }""")]
    [InlineData("GM0011", """public static class Loose { [TaskOperation] public static int [|X|]() => 1; }""")]
    [InlineData("GM0012", """[TaskDefinition("a", MaxAttempts = [|-1|])] public static partial class AHandlers { [TaskOperation] public static int X() => 1; }""")]
    [InlineData("GM0013", """[TaskDefinition("a")] public static partial class [|AHandlers|] { public static int X() => 1; }""")]
    [InlineData("GM0014", """
        [TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static int X() => 1; }
        [TaskDefinition("b")] public sealed partial class [|AHandler|] : ITaskHandler<int, int> { public ValueTask<int> HandleAsync(int input, TaskContext context) => new(input); }
        """)]
    [InlineData("GM0015", """[TaskDefinition("a")] public sealed partial class AHandler(string [|path|]) : ITaskHandler<int, int> { public ValueTask<int> HandleAsync(int input, TaskContext context) => new(path.Length); }""")]
    [InlineData("GM0015", """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static int X([TaskService] int [|size|]) => size; }""")]
    public async Task Mistake_Analyzed_IsReportedWhereItStands(string id, string marked)
    {
        int start = marked.IndexOf("[|", StringComparison.Ordinal);
        int end = marked.IndexOf("|]", StringComparison.Ordinal) - 2;
        string source = marked.Replace("[|", "", StringComparison.Ordinal).Replace("|]", "", StringComparison.Ordinal);

        Diagnostic problem = Assert.Single(await AnalyzeAsync(source));

        Assert.Equal(id, problem.Id);
        Assert.Equal(source[start..end], source[problem.Location.SourceSpan.Start..problem.Location.SourceSpan.End]);
        Assert.Equal(TextSpan.FromBounds(start, end), problem.Location.SourceSpan);
    }

    [Theory]
    [InlineData(Samples.Math)]
    [InlineData(Samples.Strings)]
    [InlineData(Samples.Thumbnail)]
    [InlineData("""
        [TaskDefinition("a", Timeout = "5s")]
        public static partial class AHandlers
        {
            private const int Size = 3;
            private static readonly int[] s_table = [1, 2];
            [ThreadStatic] private static int t_calls;
            public static int Twice => Size * 2;
            [TaskOperation] public static int Quick(int n) => n + s_table.Length + t_calls++;
            [TaskOperation] public static int Listens(int n, TaskContext context) => context.CancellationToken.IsCancellationRequested ? 0 : n;
            [TaskOperation] public static int HandsOn(int n, TaskContext context) => Listens(n, context);
        }
        """)]
    public async Task SoundDefinition_Analyzed_HasNoProblem(string source)
    {
        Assert.Empty(await AnalyzeAsync(source));
        // With the generated part beside it, as a compiler sees it.
        Assert.Empty(await AnalyzeAsync(GeneratorHarness.Generate(GeneratorHarness.Compile(source)).Compilation));
    }

    [Fact]
    public async Task TypeThatDoesNotExist_Analyzed_IsLeftToTheCompiler() => Assert.Empty(await AnalyzeAsync(
        """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static int X(Missing m) => 1; }"""));

    [Fact]
    public void Mistake_Generated_EmitsNothing()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(
            """[TaskDefinition("a")] public static partial class AHandlers { [TaskOperation] public static int X(DateTime t) => 1; }""");

        Assert.Empty(GeneratorHarness.Drive().RunGenerators(compilation, TestContext.Current.CancellationToken).GetRunResult().GeneratedTrees);
    }

    [Fact]
    public void EveryRule_HasItsPage()
    {
        string folder = Path.Combine(Repository.Root, "docs", "diagnostics");
        foreach (DiagnosticDescriptor rule in new TaskDefinitionAnalyzer().SupportedDiagnostics)
        {
            string page = File.ReadAllText(Path.Combine(folder, rule.Id + ".md"));
            Assert.StartsWith($"# {rule.Id}: {rule.Title}\n", page, StringComparison.Ordinal);
            Assert.Equal($"docs/diagnostics/{rule.Id}.md", rule.HelpLinkUri);
        }
    }

    private static Task<ImmutableArray<Diagnostic>> AnalyzeAsync(string source) => AnalyzeAsync(GeneratorHarness.Compile(source));

    private static Task<ImmutableArray<Diagnostic>> AnalyzeAsync(Compilation compilation) => compilation
        .WithOptions(((CSharpCompilationOptions)compilation.Options).WithGeneralDiagnosticOption(ReportDiagnostic.Default))
        .WithAnalyzers([new TaskDefinitionAnalyzer()])
        .GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);
}
