using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>
/// Finds handlers with a time-out that cannot be told to stop. Nothing can abort a running handler: one that does not listen keeps
/// its worker after its task has failed.
/// </summary>
internal static class CancellationUse
{
    public static void Analyze(OperationBlockAnalysisContext context, INamedTypeSymbol definition, INamedTypeSymbol operation)
    {
        if (context.OwningSymbol is not IMethodSymbol method
            || TaskDefinitionAnalyzer.AttributeOf(method.ContainingType, definition) is not { } onType)
            return;

        AttributeData? onMethod = TaskDefinitionAnalyzer.AttributeOf(method, operation);
        bool isHandler = !method.IsStatic && method.Name == "HandleAsync" && method.Parameters.Length == 2;
        if (onMethod is null && !isHandler)
            return;
        bool hasOwnTimeout = KindSettings.Named(onMethod ?? onType, "Timeout") is string;
        if (!hasOwnTimeout && KindSettings.Named(onType, "Timeout") is not string)
            return;

        IParameterSymbol[] listeners = [.. method.Parameters.Where(static p =>
            Types.Is(p.Type, "System.Threading.CancellationToken") || Types.Is(p.Type, "Gristmill.TaskContext"))];
        if (listeners.Length == 0)
        {
            // A time-out of the whole class may be meant for its longer operations only.
            if (hasOwnTimeout)
                Report(method, method, "takes no CancellationToken");
            return;
        }

        HashSet<IParameterSymbol> used = new(SymbolEqualityComparer.Default);
        foreach (IOperation block in context.OperationBlocks)
        {
            foreach (IParameterReferenceOperation reference in block.Descendants().OfType<IParameterReferenceOperation>())
                used.Add(reference.Parameter);
        }

        if (!listeners.Any(used.Contains))
            Report(method, listeners[0], $"never uses '{listeners[0].Name}'");

        void Report(IMethodSymbol method, ISymbol at, string fault) => context.ReportDiagnostic(
            Diagnostic.Create(Rules.UnusedCancellation, at.Locations[0], isHandler ? method.ContainingType.Name : method.Name, fault));
    }
}
