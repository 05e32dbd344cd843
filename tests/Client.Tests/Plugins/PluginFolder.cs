using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Gristmill.Client.Tests.Plugins;

/// <summary>A folder of plugins that are compiled for one test, deleted after it.</summary>
internal sealed class PluginFolder : IDisposable
{
    private const string Usings =
        """
        using System;
        using System.Collections.Immutable;
        using System.Threading.Tasks;
        using Gristmill;
        using Gristmill.Client;
        using Microsoft.AspNetCore.Builder;
        using Microsoft.AspNetCore.Http;
        using Microsoft.AspNetCore.Routing;
        using Microsoft.Extensions.Configuration;
        using Microsoft.Extensions.DependencyInjection;
        using Microsoft.Extensions.Hosting;

        """;

    private static readonly MetadataReference[] s_host =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(System.IO.Path.PathSeparator)
            .Select(static file => MetadataReference.CreateFromFile(file)),
    ];

    public string Path { get; } = Directory.CreateTempSubdirectory("gristmill-plugins-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Compiles an assembly to <c>folder/name.dll</c> and returns its path.</summary>
    public string Add(string name, string code, string version = "1.0.0", string folder = "", params string[] references)
    {
        CSharpCompilation compilation = CSharpCompilation.Create(
            name,
            [CSharpSyntaxTree.ParseText($"{Usings}\n[assembly: System.Reflection.AssemblyVersion(\"{version}\")]\n{code}")],
            [.. s_host.Where(host => references.All(own => System.IO.Path.GetFileName(own) != System.IO.Path.GetFileName(host.Display))), .. references.Select(static file => MetadataReference.CreateFromFile(file))],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        string path = System.IO.Path.Combine(Directory.CreateDirectory(File(folder)).FullName, name + ".dll");
        var result = compilation.Emit(path);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        return path;
    }

    /// <summary>The source of an assembly that defines one kind, as the generator would say it.</summary>
    public static string KindCode(string kind) =>
        $$"""
        [assembly: Source]
        public sealed class SourceAttribute : Gristmill.CodeGeneration.TaskKindSourceAttribute
        {
            public override ImmutableArray<TaskKind> Kinds => ImmutableArray.Create<TaskKind>(new Kind());
        }

        public sealed class Kind : TaskKind
        {
            public override string Name => "{{kind}}";
            public override string Description => "";
            public override string InputSchema => "{}";
            public override string OutputSchema => "{}";
            public override ValueTask InvokeAsync(TaskPayload input, System.Buffers.IBufferWriter<byte> output, TaskContext context) => default;
        }
        """;

    /// <summary>The source of a plugin class with the given members.</summary>
    public static string PluginCode(string members) =>
        $$"""
        public sealed class Plugin : IGristmillPlugin
        {
            {{members}}
        }
        """;
}
