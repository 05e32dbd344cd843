using Gristmill.SourceGenerators.TaskDefinitions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Gristmill.SourceGenerators.Tests.TaskDefinitions;

public class IncrementalityTests
{
    [Fact]
    public void Edit_InAnUnrelatedFile_RecomputesNothing()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(Samples.Math, Samples.Thumbnail, "class Unrelated;");
        GeneratorDriver driver = GeneratorHarness.Drive(trackSteps: true).RunGenerators(compilation, TestContext.Current.CancellationToken);

        SyntaxTree unrelated = compilation.SyntaxTrees.Last();
        CSharpCompilation edited = compilation.ReplaceSyntaxTree(unrelated, CSharpSyntaxTree.ParseText(
            "class Unrelated { int typing; }", GeneratorHarness.ParseOptions, unrelated.FilePath, cancellationToken: TestContext.Current.CancellationToken));
        GeneratorRunResult result = driver.RunGenerators(edited, TestContext.Current.CancellationToken).GetRunResult().Results[0];

        IncrementalStepRunReason[] reasons = [
            .. Outputs(result, TaskDefinitionGenerator.DefinitionStep),
            .. Outputs(result, TaskDefinitionGenerator.RegistrationStep),
            .. result.TrackedOutputSteps.SelectMany(static s => s.Value).SelectMany(static r => r.Outputs).Select(static o => o.Reason),
        ];
        Assert.NotEmpty(reasons);
        Assert.All(reasons, static r => Assert.True(r is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, r.ToString()));
    }

    [Fact]
    public void Edit_OfOneDefinition_RecomputesThatOneOnly()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(Samples.Math, Samples.Strings);
        GeneratorDriver driver = GeneratorHarness.Drive(trackSteps: true).RunGenerators(compilation, TestContext.Current.CancellationToken);

        SyntaxTree strings = compilation.SyntaxTrees.Last();
        CSharpCompilation edited = compilation.ReplaceSyntaxTree(strings, CSharpSyntaxTree.ParseText(
            Samples.Strings.Replace("cpu", "gpu", StringComparison.Ordinal), GeneratorHarness.ParseOptions, strings.FilePath,
            cancellationToken: TestContext.Current.CancellationToken));
        GeneratorRunResult result = driver.RunGenerators(edited, TestContext.Current.CancellationToken).GetRunResult().Results[0];

        Assert.Single(Outputs(result, TaskDefinitionGenerator.DefinitionStep), static r => r == IncrementalStepRunReason.Modified);
        Assert.Single(
            Outputs(result, TaskDefinitionGenerator.DefinitionStep),
            static r => r is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged);
        Assert.All(
            Outputs(result, TaskDefinitionGenerator.RegistrationStep),
            static r => Assert.True(r is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, r.ToString()));
    }

    private static IEnumerable<IncrementalStepRunReason> Outputs(GeneratorRunResult result, string step) =>
        result.TrackedSteps[step].SelectMany(static s => s.Outputs).Select(static o => o.Reason);
}
