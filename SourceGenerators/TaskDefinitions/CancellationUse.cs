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
        bool isHandler = !method.IsStatic && method.Parameters.Length == 2
            && (method.Name == "HandleAsync" || method.ExplicitInterfaceImplementations.Any(static m => m.Name == "HandleAsync"));
        if (onMethod is null && !isHandler)
            return;
        bool hasOwnTimeout = KindSettings.Named(onMethod ?? onType, "Timeout") is string;
        if (!hasOwnTimeout && KindSettings.Named(onType, "Timeout") is not string)
            return;

        // Who takes the token itself has no other way in mind.
        IParameterSymbol[] listeners = Parameters("System.Threading.CancellationToken") is { Length: > 0 } tokens ? tokens : Parameters("Gristmill.TaskContext");
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
            {
                if (IsListening(reference))
                    used.Add(reference.Parameter);
            }
        }

        if (!listeners.Any(used.Contains))
            Report(method, listeners[0], $"never uses '{listeners[0].Name}'");

        IParameterSymbol[] Parameters(string type) =>
            [.. method.Parameters.Where(p => Types.Is(Types.NullableElement(p.Type) ?? p.Type, type))];

        void Report(IMethodSymbol method, ISymbol at, string fault) => context.ReportDiagnostic(
            Diagnostic.Create(Rules.UnusedCancellation, at.Locations[0], isHandler ? method.ContainingType.Name : method.Name, fault));
    }

    // A context has more than its token; handed on, it may be asked for it elsewhere.
    private static bool IsListening(IParameterReferenceOperation reference) =>
        !Types.Is(Types.NullableElement(reference.Parameter.Type) ?? reference.Parameter.Type, "Gristmill.TaskContext")
        || reference.Parent switch
        {
            IMemberReferenceOperation member => member.Member.Name == "CancellationToken",
            IInvocationOperation call => call.Instance != reference,
            _ => true,
        };
}
