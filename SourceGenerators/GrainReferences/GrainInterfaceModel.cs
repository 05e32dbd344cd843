using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Gristmill.SourceGenerators.GrainReferences;

/// <summary>What the generator keeps of a grain interface: the text to emit. Equal when the text is, so that an edit elsewhere costs nothing.</summary>
internal sealed class GrainInterfaceModel(
    string interfaceName, string referenceName, string hintName, string source, GrainInterfaceProblem[] problems) : IEquatable<GrainInterfaceModel>
{
    public string InterfaceName { get; } = interfaceName;

    public string ReferenceName { get; } = referenceName;

    public string HintName { get; } = hintName;

    public string Source { get; } = source;

    public GrainInterfaceProblem[] Problems { get; } = problems;

    public bool Equals(GrainInterfaceModel? other) =>
        other is not null && Source == other.Source && HintName == other.HintName && Problems.SequenceEqual(other.Problems);

    public override bool Equals(object? obj) => Equals(obj as GrainInterfaceModel);

    public override int GetHashCode() => Source.GetHashCode();
}

/// <summary>Why no reference can be written for an interface.</summary>
internal sealed class GrainInterfaceProblem(DiagnosticDescriptor descriptor, Location location, string[] arguments) : IEquatable<GrainInterfaceProblem>
{
    private readonly string[] _arguments = arguments;
    private readonly string _path = location.SourceTree?.FilePath ?? "";
    private readonly TextSpan _span = location.SourceSpan;
    private readonly LinePositionSpan _lines = location.GetLineSpan().Span;

    public Diagnostic ToDiagnostic() => Diagnostic.Create(descriptor, Location.Create(_path, _span, _lines), [.. _arguments]);

    public bool Equals(GrainInterfaceProblem? other) =>
        other is not null && _path == other._path && _span == other._span && _arguments.SequenceEqual(other._arguments);

    public override bool Equals(object? obj) => Equals(obj as GrainInterfaceProblem);

    public override int GetHashCode() => _span.GetHashCode();
}
