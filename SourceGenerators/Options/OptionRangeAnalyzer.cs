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

    private const string Limits = "ConcurrencyLimits";

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
        if (assignment.Target is not IPropertyReferenceOperation target)
            return;
        if (target.Instance is IPropertyReferenceOperation { Property: { Name: Limits } limits } && IsOurs(limits.ContainingNamespace))
            Check(context, Limits, OptionRange.OneOrMore, assignment.Value);
        else if (IsOurs(target.Property.ContainingNamespace))
            Check(context, target.Property.Name, OptionRange.Of(target.Property), assignment.Value);
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
        if (!SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, builder))
            return;
        string method = call.TargetMethod.Name;
        switch (call.Arguments.Length)
        {
            case 1:
                string option = s_optionOf.TryGetValue(method, out string? other) ? other : method;
                Check(context, method, RangeOf(option), call.Arguments[0].Value);
                break;
            case 2 when method == "Limit":
                Check(context, method, OptionRange.OneOrMore, Argument(1));
                break;
            case 2 when method == "Workers":
                IOperation least = Argument(0);
                IOperation most = Argument(1);
                Check(context, method, RangeOf("Workers"), most);
                Check(context, "MinWorkers", ConstantValue.Of(most) is int and >= 1 and var count ? OptionRange.UpTo(count) : RangeOf("MinWorkers"), least);
                break;
        }

        IOperation Argument(int ordinal) => call.Arguments.First(a => a.Parameter!.Ordinal == ordinal).Value;

        OptionRange? RangeOf(string option) => options.GetMembers(option).FirstOrDefault() is IPropertySymbol property ? OptionRange.Of(property) : null;
    }

    private static void Check(OperationAnalysisContext context, string shown, OptionRange? range, IOperation value)
    {
        if (range is null || ConstantValue.Of(value) is not { } constant || range.Contains(constant))
            return;
        string text = constant is string ? $"\"{constant}\"" : OptionRange.Show(constant);
        context.ReportDiagnostic(Diagnostic.Create(s_rule, value.Syntax.GetLocation(), shown, range.ToString(), text));
    }
}
