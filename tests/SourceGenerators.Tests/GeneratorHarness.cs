using System.Collections.Immutable;
using System.Runtime.Loader;
using Gristmill.SourceGenerators.TaskDefinitions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Gristmill.SourceGenerators.Tests;

/// <summary>Runs the generator over source text, and compiles and loads the result.</summary>
internal static class GeneratorHarness
{
    public static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.Latest);

    private const string Usings =
        """
        global using System;
        global using System.Collections.Generic;
        global using System.Collections.Immutable;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Gristmill;
        """;

    private static readonly ImmutableArray<MetadataReference> s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            // Of our own assemblies a user's project references this one alone.
            .Where(static path => !Path.GetFileName(path).StartsWith("Gristmill.", StringComparison.Ordinal)
                || Path.GetFileName(path) == "Gristmill.Abstractions.dll")
            .Select(static path => MetadataReference.CreateFromFile(path)),
    ];

    public static CSharpCompilation Compile(params ReadOnlySpan<string> sources) => Compile("Sample.App", sources);

    public static CSharpCompilation Compile(string assemblyName, ReadOnlySpan<string> sources)
    {
        List<SyntaxTree> trees = [CSharpSyntaxTree.ParseText(Usings, ParseOptions, "Usings.cs")];
        for (int i = 0; i < sources.Length; i++)
            trees.Add(CSharpSyntaxTree.ParseText(sources[i], ParseOptions, $"Source{i}.cs"));
        return CSharpCompilation.Create(assemblyName, trees, s_references, new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary,
            nullableContextOptions: NullableContextOptions.Enable,
            generalDiagnosticOption: ReportDiagnostic.Error,
            // CS1701, CS1702: assembly versions that the SDK unifies.
            specificDiagnosticOptions: [new("CS1701", ReportDiagnostic.Suppress), new("CS1702", ReportDiagnostic.Suppress)]));
    }

    public static GeneratorDriver Drive(bool trackSteps = false) => CSharpGeneratorDriver.Create(
        [new TaskDefinitionGenerator().AsSourceGenerator()],
        parseOptions: ParseOptions,
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackSteps));

    /// <summary>The generated files, by hint name. Fails on any warning in the whole compilation.</summary>
    public static (Compilation Compilation, ImmutableDictionary<string, string> Files) Generate(CSharpCompilation compilation)
    {
        GeneratorDriver driver = Drive().RunGeneratorsAndUpdateCompilation(
            compilation, out Compilation output, out ImmutableArray<Diagnostic> diagnostics);
        Assert.Empty(diagnostics);
        ImmutableDictionary<string, string> files = driver.GetRunResult().Results[0].GeneratedSources
            .ToImmutableDictionary(static s => s.HintName, static s => s.SourceText.ToString());
        Diagnostic[] problems = [.. output.GetDiagnostics().Where(static d => d.Severity >= DiagnosticSeverity.Warning)];
        Assert.True(problems.Length == 0, string.Join('\n', problems.Select(p => $"{p}\n{LineOf(p)}")));
        return (output, files);
    }

    /// <summary>Generates, compiles and loads: the kinds of the source by name, and a way to its types.</summary>
    public static Sample Load(params ReadOnlySpan<string> sources)
    {
        (Compilation compilation, _) = Generate(Compile(sources));
        using var image = new MemoryStream();
        Assert.Empty(compilation.Emit(image, cancellationToken: TestContext.Current.CancellationToken).Diagnostics
            .Where(static d => d.Severity >= DiagnosticSeverity.Warning));
        image.Position = 0;
        return new Sample(new AssemblyLoadContext("sample", isCollectible: true).LoadFromStream(image));
    }

    private static string LineOf(Diagnostic diagnostic) =>
        diagnostic.Location.SourceTree?.GetText().Lines[diagnostic.Location.GetLineSpan().StartLinePosition.Line].ToString() ?? "";
}
