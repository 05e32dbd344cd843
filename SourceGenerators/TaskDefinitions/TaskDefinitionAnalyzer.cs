using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>
/// Shows the mistakes in task definitions. It reads them with the generator's own parser, so that the two never disagree about what
/// is sound.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class TaskDefinitionAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
    [
        Rules.DuplicateKind, Rules.InvalidName, Rules.InvalidTimeout, Rules.UnserializableType, Rules.MissingPartial, Rules.AsyncVoid,
        Rules.UnusedCancellation, Rules.MutableStatic, Rules.NoPublicConstructor, Rules.NotADefinition, Rules.InvalidOperation,
        Rules.InvalidAttempts, Rules.NoOperations, Rules.SharedFactory, Rules.NotAService,
    ];

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            INamedTypeSymbol? definition = start.Compilation.GetTypeByMetadataName(DefinitionParser.AttributeName);
            INamedTypeSymbol? operation = start.Compilation.GetTypeByMetadataName(DefinitionParser.OperationAttributeName);
            if (definition is null || operation is null)
                return;

            var found = new ConcurrentBag<Found>();
            start.RegisterSymbolAction(c => AnalyzeType(c, definition, found), SymbolKind.NamedType);
            start.RegisterSymbolAction(c => AnalyzeMethod(c, definition, operation), SymbolKind.Method);
            start.RegisterOperationBlockAction(c => CancellationUse.Analyze(c, definition, operation));
            start.RegisterCompilationEndAction(c => ReportDuplicates(c, found));
        });
    }

    public static AttributeData? AttributeOf(ISymbol symbol, INamedTypeSymbol attribute) =>
        symbol.GetAttributes().FirstOrDefault(a => SymbolEqualityComparer.Default.Equals(a.AttributeClass, attribute));

    private static void AnalyzeType(SymbolAnalysisContext context, INamedTypeSymbol definition, ConcurrentBag<Found> found)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (AttributeOf(type, definition) is not { } attribute)
            return;

        var problems = new Problems();
        DefinitionModel? model = DefinitionParser.Parse(type, attribute, problems, context.CancellationToken);
        MutableState.Find(type, problems);
        foreach (Diagnostic problem in problems.Found)
            context.ReportDiagnostic(problem);
        if (model is not null)
            found.Add(new Found(type, model));
    }

    private static void AnalyzeMethod(SymbolAnalysisContext context, INamedTypeSymbol definition, INamedTypeSymbol operation)
    {
        ISymbol method = context.Symbol;
        if (AttributeOf(method, operation) is null)
            return;
        bool isInside = AttributeOf(method.ContainingType, definition) is not null;
        // In a static class marked [TaskDefinition] the parser has looked at the method already.
        if (isInside && method.ContainingType.IsStatic)
            return;
        context.ReportDiagnostic(Diagnostic.Create(Rules.InvalidOperation, method.Locations[0], method.Name, isInside
            ? "operations belong to a static class; a handler class has the one kind that its attribute names"
            : "its class is not marked [TaskDefinition]"));
    }

    private static void ReportDuplicates(CompilationAnalysisContext context, ConcurrentBag<Found> found)
    {
        var kinds = new Dictionary<string, string>(StringComparer.Ordinal);
        var factories = new Dictionary<string, string>(StringComparer.Ordinal);
        // In source order, so that it is always the later one that is called the duplicate.
        foreach (Found item in found.OrderBy(static f => f.Position, StringComparer.Ordinal))
        {
            foreach (OperationModel operation in item.Model.Operations)
            {
                string owner = item.Model.Handler is null ? $"{item.Type.Name}.{operation.Method}" : item.Type.Name;
                if (kinds.TryGetValue(operation.KindName, out string? first))
                    context.ReportDiagnostic(Diagnostic.Create(Rules.DuplicateKind, item.LocationOf(operation), operation.KindName, first));
                else
                    kinds.Add(operation.KindName, owner);
            }

            if (factories.TryGetValue(item.Model.FactoryType, out string? other))
            {
                context.ReportDiagnostic(Diagnostic.Create(
                    Rules.SharedFactory, item.Type.Locations[0], other, item.Type.Name, item.Model.FactoryName));
            }
            else
            {
                factories.Add(item.Model.FactoryType, item.Type.Name);
            }
        }
    }

    private sealed class Found(INamedTypeSymbol type, DefinitionModel model)
    {
        public INamedTypeSymbol Type => type;

        public DefinitionModel Model => model;

        public string Position
        {
            get
            {
                Location location = type.Locations[0];
                return $"{location.SourceTree?.FilePath}:{location.SourceSpan.Start:D10}";
            }
        }

        public Location LocationOf(OperationModel operation) =>
            (type.IsStatic ? type.GetMembers(operation.Stem).OfType<IMethodSymbol>().FirstOrDefault(IsOperation) : null)?.Locations[0]
            ?? type.Locations[0];

        private static bool IsOperation(IMethodSymbol method) => Types.IsMarked(method, DefinitionParser.OperationAttributeName);
    }
}
