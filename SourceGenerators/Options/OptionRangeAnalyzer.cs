using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Gristmill.SourceGenerators.Options;

/// <summary>
/// Flags constants that an option can never take: <c>e.Workers(0)</c>. The ranges are those that the options are validated against when
/// the engine is made, read from their [Range] and [StringLength] attributes.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class OptionRangeAnalyzer : DiagnosticAnalyzer
{
    private static readonly DiagnosticDescriptor s_rule = new(
        "GM0016", "A constant is outside the range of its option", "'{0}' is {1}, and never {2}", "Gristmill.Options",
        DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: "docs/diagnostics/GM0016.md");

    // Builder methods that are not called as their option is.
    private static readonly Dictionary<string, string> s_optionOf = new(StringComparer.Ordinal) { ["MemoryPool"] = "MemoryBudgetBytes" };

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [s_rule];

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterOperationAction(AnalyzeAssignment, OperationKind.SimpleAssignment);
        context.RegisterCompilationStartAction(static start =>
        {
            INamedTypeSymbol? builder = start.Compilation.GetTypeByMetadataName("Gristmill.TaskEngineBuilder");
            INamedTypeSymbol? options = start.Compilation.GetTypeByMetadataName("Gristmill.TaskEngineOptions");
            if (builder is not null && options is not null)
                start.RegisterOperationAction(c => AnalyzeCall(c, builder, options), OperationKind.Invocation);
        });
    }

    private static void AnalyzeAssignment(OperationAnalysisContext context)
    {
        var assignment = (ISimpleAssignmentOperation)context.Operation;
        if (assignment.Target is IPropertyReferenceOperation { Property: var property } && IsOurs(property.ContainingNamespace))
            Check(context, property.Name, property, assignment.Value);
    }

    private static bool IsOurs(INamespaceSymbol space)
    {
        while (space.ContainingNamespace is { IsGlobalNamespace: false } outer)
            space = outer;
        return space.Name == "Gristmill";
    }

    private static void AnalyzeCall(OperationAnalysisContext context, INamedTypeSymbol builder, INamedTypeSymbol options)
    {
        var call = (IInvocationOperation)context.Operation;
        if (call.Arguments.Length != 1 || !SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, builder))
            return;
        string method = call.TargetMethod.Name;
        string option = s_optionOf.TryGetValue(method, out string? other) ? other : method;
        if (options.GetMembers(option).FirstOrDefault() is IPropertySymbol property)
            Check(context, method, property, call.Arguments[0].Value);
    }

    private static void Check(OperationAnalysisContext context, string shown, IPropertySymbol property, IOperation value)
    {
        OptionRange? range = OptionRange.Of(property);
        if (range is null || ConstantValue.Of(value) is not { } constant || range.Contains(constant))
            return;
        string text = constant is string ? $"\"{constant}\"" : OptionRange.Show(constant);
        context.ReportDiagnostic(Diagnostic.Create(s_rule, value.Syntax.GetLocation(), shown, range.ToString(), text));
    }
}
