using Microsoft.CodeAnalysis;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>
/// Mistakes found while a definition is read. The analyzer shows them; the generator only asks whether there is anything sound to
/// emit, and so keeps no location in its models.
/// </summary>
internal sealed class Problems
{
    private readonly List<Diagnostic> _found = [];

    public IReadOnlyList<Diagnostic> Found => _found;

    public int ErrorCount { get; private set; }

    public void Report(DiagnosticDescriptor rule, ISymbol at, params object[] arguments) =>
        Report(rule, at.Locations.FirstOrDefault(), arguments);

    public void Report(DiagnosticDescriptor rule, Location? at, params object[] arguments)
    {
        _found.Add(Diagnostic.Create(rule, at, arguments));
        if (rule.DefaultSeverity == DiagnosticSeverity.Error)
            ErrorCount++;
    }

    /// <summary>Counts an error that the compiler itself reports, such as a type that does not exist.</summary>
    public void Fail() => ErrorCount++;

    /// <summary>A type without a JSON form. An empty reason means that the compiler reports it.</summary>
    public void ReportType(ISymbol at, string what, ITypeSymbol type, string reason)
    {
        if (reason.Length == 0)
            Fail();
        else
            Report(Rules.UnserializableType, at, what, Types.Show(type), reason);
    }

    /// <summary>A service is an object that somebody registers: a number or a text never is.</summary>
    public void CheckService(IParameterSymbol parameter, string consumer)
    {
        if (parameter.Type.IsValueType || parameter.Type.SpecialType == SpecialType.System_String)
            Report(Rules.NotAService, parameter, parameter.Name, consumer, Types.Show(parameter.Type));
    }
}
