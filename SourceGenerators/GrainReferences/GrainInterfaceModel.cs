using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Gristmill.SourceGenerators.GrainReferences;

/// <summary>
/// What the generator keeps of a grain interface: names and plain values, so that equal interfaces have equal models.
/// </summary>
/// <param name="Name">Fully qualified.</param>
/// <param name="ClassName">Of the reference class.</param>
/// <param name="Methods">Its own and inherited ones.</param>
/// <param name="Problems">Why no reference can be written; empty when one can.</param>
internal sealed record GrainInterfaceModel(
    string Name, string ClassName, EquatableArray<GrainMethodModel> Methods, EquatableArray<GrainInterfaceProblem> Problems);

/// <summary>One method of a grain interface. All types are fully qualified.</summary>
/// <param name="Name">The method's name.</param>
/// <param name="Interface">The interface that declares it.</param>
/// <param name="ReturnType">With nullability.</param>
/// <param name="RequestBase">The request class to derive from.</param>
/// <param name="Options">Names of <c>InvokeMethodOptions</c>.</param>
/// <param name="ResponseTimeoutTicks">0 means the silo's default.</param>
/// <param name="Parameters">In order.</param>
internal sealed record GrainMethodModel(
    string Name,
    string Interface,
    string ReturnType,
    string RequestBase,
    EquatableArray<string> Options,
    long ResponseTimeoutTicks,
    EquatableArray<GrainParameterModel> Parameters)
{
    public bool IsOneWay => Options.Contains("OneWay");

    public bool IsValueTask => RequestBase.StartsWith("ValueTask", StringComparison.Ordinal);
}

/// <summary>One parameter.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">With nullability.</param>
/// <param name="BareType">Without, as <c>typeof</c> wants it.</param>
/// <param name="IsToken">True for the cancellation token, which does not travel as an argument.</param>
internal sealed record GrainParameterModel(string Name, string Type, string BareType, bool IsToken);

/// <summary>A mistake, without the syntax tree that a location would keep alive.</summary>
internal sealed record GrainInterfaceProblem(string Subject, string Reason, string Path, TextSpan Span, LinePositionSpan Lines)
{
    public static readonly DiagnosticDescriptor Rule = new(
        "GM0101",
        "A grain interface cannot be called",
        "'{0}' cannot be called as a grain: {1}",
        "Gristmill.GrainReferences",
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: "docs/diagnostics/GM0101.md");

    public static GrainInterfaceProblem Of(ISymbol symbol, string reason)
    {
        Location location = symbol.Locations[0];
        return new GrainInterfaceProblem(
            symbol.Name, reason, location.SourceTree?.FilePath ?? "", location.SourceSpan, location.GetLineSpan().Span);
    }

    public Diagnostic ToDiagnostic() => Diagnostic.Create(Rule, Location.Create(Path, Span, Lines), Subject, Reason);
}
