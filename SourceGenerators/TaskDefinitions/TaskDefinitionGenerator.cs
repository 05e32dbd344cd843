using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>
/// Writes, for every class marked [TaskDefinition], its task kinds and typed requests, and for the assembly their list and
/// registration. A definition with an error gets nothing; the analyzer says why.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class TaskDefinitionGenerator : IIncrementalGenerator
{
    /// <summary>Names of the tracked steps, for tests of what an edit recomputes.</summary>
    public const string DefinitionStep = "TaskDefinitions";

    /// <inheritdoc cref="DefinitionStep"/>
    public const string RegistrationStep = "TaskRegistration";

    private const string ServiceCollection = "Microsoft.Extensions.DependencyInjection.Extensions.ServiceCollectionDescriptorExtensions";

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<DefinitionModel> definitions = context.SyntaxProvider
            .ForAttributeWithMetadataName(
                DefinitionParser.AttributeName,
                static (node, _) => node is TypeDeclarationSyntax,
                static (found, cancellationToken) => DefinitionParser.Parse(
                    (INamedTypeSymbol)found.TargetSymbol, found.Attributes[0], new Problems(), cancellationToken))
            .Where(static model => model is not null)
            .Select(static (model, _) => model!)
            .WithTrackingName(DefinitionStep);

        context.RegisterSourceOutput(definitions, static (output, model) =>
            output.AddSource(HintName(model), DefinitionEmitter.Emit(model)));

        IncrementalValueProvider<AssemblyModel> assembly = context.CompilationProvider.Select(static (compilation, _) =>
            new AssemblyModel(compilation.AssemblyName ?? "Unnamed", compilation.GetTypeByMetadataName(ServiceCollection) is not null));
        var registration = definitions
            .Select(static (model, _) => new RegistrationEntry(model.FactoryType, model.Handler?.Type))
            .Collect()
            .Select(static (entries, _) => new EquatableArray<RegistrationEntry>(
                entries.OrderBy(static e => e.FactoryType, StringComparer.Ordinal)))
            .Combine(assembly)
            .WithTrackingName(RegistrationStep);

        context.RegisterSourceOutput(registration, static (output, source) =>
        {
            (EquatableArray<RegistrationEntry> entries, AssemblyModel model) = source;
            if (entries.Count > 0)
                output.AddSource($"{RegistrationEmitter.ClassName(model)}.g.cs", RegistrationEmitter.Emit(model, entries));
        });
    }

    private static string HintName(DefinitionModel model) =>
        $"{(model.Namespace is null ? "" : model.Namespace + ".")}{model.ClassName.TrimStart('@')}.g.cs";
}
