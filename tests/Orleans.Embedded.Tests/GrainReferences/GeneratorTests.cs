using Gristmill.SourceGenerators.GrainReferences;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Gristmill.EmbeddedEngine.Tests.GrainReferences;

/// <summary>Runs on this engine only: Orleans has a generator of its own.</summary>
public sealed class GeneratorTests
{
    private static readonly CSharpParseOptions s_parse = new(LanguageVersion.Latest);

    private static readonly MetadataReference[] s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static path => !Path.GetFileName(path).Contains("Tests", StringComparison.Ordinal))
            .Select(static path => MetadataReference.CreateFromFile(path)),
    ];

    [Fact]
    public void AllShapesOfMethods_Compile()
    {
        (Diagnostic[] reported, Compilation output) = Generate("""
            #nullable enable
            namespace App;
            public record Item(string? Name);
            public interface IBase<T> { Task<T> Inherited(); }
            public interface IShapes : IGrainWithStringKey, IBase<int>
            {
                Task Nothing();
                Task<Item?> Nullable(Item? item, int? number, (int A, string? B) pair);
                ValueTask Value(params int[] numbers);
                ValueTask<IReadOnlyList<Item?>> List(Dictionary<string, Item?> items, CancellationToken cancellationToken = default);
                Task<int> Overloaded(int a);
                Task<int> Overloaded(string a);
                Task Keywords(int @event, string @class);
                [OneWay] Task Notify(string text);
                [OneWay] ValueTask NotifyValue();
                [ReadOnly, AlwaysInterleave, ResponseTimeout("00:01:00")] Task<byte[]> Annotated();
                Task WithBody() => Nothing();
                static int Helper() => 1;
            }
            internal interface IHidden : IGrainWithIntegerKey { Task Call(); }
            public static class Outer { public interface INested : IGrainWithGuidKey { Task Call(); } }
            public sealed class Hidden : Grain, IHidden { public Task Call() => Task.CompletedTask; }
            public abstract class Abstract : Grain, IHidden { public Task Call() => Task.CompletedTask; }
            """);

        Assert.Empty(reported);
        Assert.Empty(output.GetDiagnostics().Where(static d => d.Severity >= DiagnosticSeverity.Warning));
        string manifest = output.SyntaxTrees.Single(static t => t.FilePath.EndsWith("GrainManifest.g.cs", StringComparison.Ordinal)).ToString();
        Assert.Equal(3, manifest.Split("AddInterface(").Length - 1);
        Assert.Equal(1, manifest.Split("AddClass(").Length - 1);
    }

    [Fact]
    public void WhatCannotBeCalled_IsAnError_AtItsPlace()
    {
        (string Member, string Reason)[] mistakes =
        [
            ("int Count { get; }", "methods only"),
            ("event Action Changed;", "methods only"),
            ("int Add(int amount);", "returns Task"),
            ("void Call();", "returns Task"),
            ("IAsyncEnumerable<int> Stream();", "returns Task"),
            ("Task<T> Get<T>();", "generic grain methods"),
            ("Task TakeRef(ref int amount);", "by value"),
            ("Task TakeTokens(CancellationToken a, CancellationToken b);", "at most one CancellationToken"),
            ("[OneWay] Task<int> Notify();", "one-way method"),
            ("[ResponseTimeout(\"soon\")] Task Late();", "no time span"),
        ];
        (Diagnostic[] reported, _) = Generate($$"""
            public interface IGeneric<T> : IGrainWithStringKey { Task Call(T value); }
            public interface IBroken : IGrainWithStringKey
            {
            {{string.Join('\n', mistakes.Select(static m => m.Member))}}
            }
            """);

        Assert.All(reported, static problem => Assert.Equal(("GM0101", DiagnosticSeverity.Error), (problem.Id, problem.Severity)));
        Diagnostic[] inOrder = [.. reported.OrderBy(static problem => problem.Location.GetLineSpan().StartLinePosition.Line)];
        Assert.Contains("generic grain interfaces", inOrder[0].GetMessage(), StringComparison.Ordinal);
        for (int i = 0; i < mistakes.Length; i++)
        {
            Assert.Equal(3 + i, inOrder[i + 1].Location.GetLineSpan().StartLinePosition.Line);
            Assert.Contains(mistakes[i].Reason, inOrder[i + 1].GetMessage(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Edit_InAnUnrelatedFile_RecomputesNothing()
    {
        CSharpCompilation compilation = Compile(
            "public interface ICalled : IGrainWithStringKey { Task Call(int a); } public class Called : Grain, ICalled { public Task Call(int a) => Task.CompletedTask; }",
            "class Unrelated : System.IDisposable { public void Dispose() {} }");
        GeneratorDriver driver = Drive().RunGenerators(compilation);

        SyntaxTree unrelated = compilation.SyntaxTrees[^1];
        compilation = compilation.ReplaceSyntaxTree(unrelated, Parse("class Unrelated : System.IDisposable { public void Dispose() {} int typing; }", "1.cs"));
        GeneratorRunResult result = driver.RunGenerators(compilation).GetRunResult().Results[0];

        Assert.All(
            result.TrackedOutputSteps.SelectMany(static s => s.Value)
                .Concat(result.TrackedSteps[GrainReferenceGenerator.InterfaceStep])
                .SelectMany(static step => step.Outputs),
            static output => Assert.True(
                output.Reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, output.Reason.ToString()));
    }

    private static (Diagnostic[] Reported, Compilation Output) Generate(string source)
    {
        Drive().RunGeneratorsAndUpdateCompilation(Compile(source), out Compilation output, out var reported);
        return ([.. reported], output);
    }

    private static CSharpGeneratorDriver Drive() => CSharpGeneratorDriver.Create(
        [new GrainReferenceGenerator().AsSourceGenerator()],
        parseOptions: s_parse,
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    private static CSharpCompilation Compile(params string[] sources)
    {
        const string Usings =
            """
            global using System;
            global using System.Collections.Generic;
            global using System.Threading;
            global using System.Threading.Tasks;
            global using Orleans;
            global using Orleans.Concurrency;
            """;
        return CSharpCompilation.Create(
            "Sample",
            [Parse(Usings, "Usings.cs"), .. sources.Select(static (source, i) => Parse(source, $"{i}.cs"))],
            s_references,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                // CS1701, CS1702: assembly versions that the SDK unifies.
                specificDiagnosticOptions: [new("CS1701", ReportDiagnostic.Suppress), new("CS1702", ReportDiagnostic.Suppress)]));
    }

    private static SyntaxTree Parse(string source, string path) => CSharpSyntaxTree.ParseText(source, s_parse, path);
}
