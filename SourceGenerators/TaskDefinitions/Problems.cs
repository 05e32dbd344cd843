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
}
