using Gristmill.SourceGenerators.GrainReferences;
using Gristmill.SourceGenerators.TaskDefinitions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Gristmill.SourceGenerators.Tests.TaskDefinitions;

/// <summary>What the generator costs a build, and an editor. Alone in its process: it measures processor time.</summary>
[Collection(nameof(SpeedTests))]
[CollectionDefinition(nameof(SpeedTests), DisableParallelization = true)]
public class SpeedTests(ITestOutputHelper output)
{
    private const int Definitions = 200;
    private const int Runs = 6;
    private static readonly TimeSpan s_bar = TimeSpan.FromSeconds(1);

    [Fact]
    public void TwoHundredDefinitions_Generated_StayUnderTheBar()
    {
        // Each in a namespace of its own, as large as real ones are: two operations, or a handler with nested records.
        string[] sources = [.. Enumerable.Range(0, Definitions).Select(static i => (i % 2 == 0 ? Samples.Math : Samples.Thumbnail)
            .Replace("namespace Sample;", $"namespace Sample{i};", StringComparison.Ordinal)
            .Replace("(\"math\"", $"(\"math{i}\"", StringComparison.Ordinal)
            .Replace("image.thumbnail", $"image{i}.thumbnail", StringComparison.Ordinal))];
        CSharpCompilation compilation = null!;
        GeneratorDriver driver = null!;
        // Each run has a compilation that nobody has asked anything yet. The best of some counts, as a build server keeps the generators
        // compiled; and processor time, as the machine may be busy with other things.
        TimeSpan best = TimeSpan.MaxValue;
        for (int run = 0; run < Runs; run++)
        {
            compilation = GeneratorHarness.Compile([.. sources, "class Unrelated;"]);
            // All that a project gets with the package, also where it has no grains.
            driver = CSharpGeneratorDriver.Create(
                [new TaskDefinitionGenerator().AsSourceGenerator(), new GrainReferenceGenerator().AsSourceGenerator()], parseOptions: GeneratorHarness.ParseOptions);
            TimeSpan cost = Measure("build", () => driver = driver.RunGenerators(compilation, TestContext.Current.CancellationToken));
            best = cost < best ? cost : best;
        }

        // One file per definition, and the registration.
        Assert.Equal(Definitions + 1, driver.GetRunResult().GeneratedTrees.Length);
        // Where every processor is shared, even processor time is no measure; then the compiler's own work on the same text is.
        CSharpCompilation plain = GeneratorHarness.Compile(sources);
        TimeSpan compiler = Measure("the compiler, without the generator", () => plain.GetDiagnostics(TestContext.Current.CancellationToken));
        TimeSpan bar = compiler > s_bar ? compiler : s_bar;
        Assert.True(best < bar, $"{Definitions} definitions took {best.TotalMilliseconds:0} ms of processor time.");

        SyntaxTree unrelated = compilation.SyntaxTrees.Last();
        CSharpCompilation edited = compilation.ReplaceSyntaxTree(unrelated, CSharpSyntaxTree.ParseText(
            "class Unrelated { int typing; }", GeneratorHarness.ParseOptions, unrelated.FilePath,
            cancellationToken: TestContext.Current.CancellationToken));
        Measure("edit elsewhere", () => driver = driver.RunGenerators(edited, TestContext.Current.CancellationToken));
    }

    private TimeSpan Measure(string what, Action work)
    {
        // What other tests have left is theirs.
        GC.Collect();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        work();
        TimeSpan cost = Environment.CpuUsage.TotalTime - before;
        output.WriteLine($"{what}: {cost.TotalMilliseconds:0} ms");
        return cost;
    }
}
