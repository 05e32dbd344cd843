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
        TimeSpan cold = TimeSpan.Zero;
        for (int run = 0; run < Runs; run++)
        {
            compilation = GeneratorHarness.Compile([.. sources, "class Unrelated;"]);
            // All that a project gets with the package, also where it has no grains.
            driver = CSharpGeneratorDriver.Create(
                [new TaskDefinitionGenerator().AsSourceGenerator(), new GrainReferenceGenerator().AsSourceGenerator()], parseOptions: GeneratorHarness.ParseOptions);
            TimeSpan cost = Measure("build", () => driver = driver.RunGenerators(compilation, TestContext.Current.CancellationToken));
            best = cost < best ? cost : best;
            cold = run == 0 ? cost : cold;
        }

        // One file per definition, and the registration.
        Assert.Equal(Definitions + 1, driver.GetRunResult().GeneratedTrees.Length);
        output.WriteLine($"cold, with the generators themselves still to be compiled: {cold.TotalMilliseconds:0} ms; best: {best.TotalMilliseconds:0} ms");
        if (best >= s_bar)
        {
            // A processor that is slower than those that the bar was made for, or just now slowed down, has the compiler itself as its measure: a tenth of what
            // it takes to check the same definitions, which is 7 s where the bar is held.
            Compilation whole = compilation.AddSyntaxTrees(driver.GetRunResult().GeneratedTrees);
            TimeSpan check = Measure("the compiler's check", () => whole.GetDiagnostics(TestContext.Current.CancellationToken));
            Assert.True(
                best < check / 10,
                $"{Definitions} definitions took {best.TotalMilliseconds:0} ms of processor time at best, and the compiler {check.TotalMilliseconds:0} ms to check what they became.");
        }


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
