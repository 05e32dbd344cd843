using Microsoft.CodeAnalysis;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>
/// Turns types into shapes. A type that has none gives -1 and a reason in words; the caller knows where to report it.
/// </summary>
internal sealed class ShapeBuilder(CancellationToken cancellationToken)
{
    private const string NoShape = "it is neither a JSON scalar, nor an enum, a record, an array, a list or a dictionary";

    private readonly Dictionary<string, int> _known = [];
    private readonly HashSet<string> _ids = [];
    private readonly List<Shape?> _shapes = [];

    /// <summary>Why the last type was refused; empty when the compiler reports it.</summary>
    public string Refusal { get; private set; } = "";

    /// <summary>Valid once every type has been added without refusal.</summary>
    public EquatableArray<Shape> Shapes => new(_shapes.Select(static s => s!));

    public Shape this[int index] => _shapes[index]!;

    public int Add(ITypeSymbol type)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string name = Types.NameOf(type);
        if (_known.TryGetValue(name, out int known))
            return known;

        // The place is taken first, so that a record that holds itself finds it.
        int index = _shapes.Count;
        _shapes.Add(null);
        _known.Add(name, index);
        Shape? shape = Make(type, name);
        if (shape is null)
        {
            // Asked again for another parameter, it is refused again.
            _known.Remove(name);
            return -1;
        }

        _shapes[index] = shape;
        return index;
    }

    /// <summary>The shape of a plain string.</summary>
    public int AddText() => Place("string", static id => new ScalarShape("string", id, ScalarKind.String), "String");

    /// <summary>The shape of an array, for an element type whose array type may occur nowhere in the source.</summary>
    public int AddArrayOf(ITypeSymbol element)
    {
        string name = Types.NameOf(element) + "[]";
        if (element.SpecialType == SpecialType.System_Byte)
            return Place(name, id => new ScalarShape(name, id, ScalarKind.Bytes), "ByteArray");
        int inner = Add(element);
        return inner < 0 ? -1 : Place(name, id => new SequenceShape(name, id, inner, SequenceForm.Array), Types.WordFor(element) + "Array");
    }

    private int Place(string name, Func<string, Shape> make, string word)
    {
        if (_known.TryGetValue(name, out int known))
            return known;
        int index = _shapes.Count;
        _shapes.Add(make(Id(word)));
        _known.Add(name, index);
        return index;
    }

    private Shape? Make(ITypeSymbol type, string name)
    {
        if (Types.NullableElement(type) is { } element)
            return Add(element) is var inner and >= 0 ? new NullableShape(name, Id("Optional" + Types.WordFor(element)), inner) : null;
        string word = Types.WordFor(type);
        if (Types.NumberConstraints(type) is { } constraints)
            return new NumberShape(name, Id(word), constraints);
        if (Types.ScalarKindOf(type) is { } scalar)
            return new ScalarShape(name, Id(word), scalar);
        if (type.TypeKind == TypeKind.Enum)
            return MakeEnum((INamedTypeSymbol)type, name, word);
        if (Types.SequenceOf(type) is { } sequence)
        {
            return Add(sequence.Element) is var inner and >= 0
                ? new SequenceShape(name, Id(word), inner, sequence.Form)
                : null;
        }

        if (Types.DictionaryOf(type) is { } dictionary)
        {
            return Add(dictionary.Element) is var inner and >= 0
                ? new DictionaryShape(name, Id(word), inner, dictionary.IsImmutable)
                : null;
        }

        if (type is INamedTypeSymbol record && Types.IsRecordLike(record))
            return RecordShapes.Make(record, name, Id(word), this, cancellationToken);
        return Refuse(type.TypeKind == TypeKind.Error ? "" : Types.HintFor(type) ?? NoShape);
    }

    public RecordShape? Refuse(string reason)
    {
        Refusal = reason;
        return null;
    }

    private EnumShape? MakeEnum(INamedTypeSymbol type, string name, string word)
    {
        if (type.GetAttributes().Any(static a => a.AttributeClass?.Name == "FlagsAttribute"))
        {
            Refuse("a combination of flags has no name in JSON; take a list of an enum without [Flags]");
            return null;
        }

        var members = new List<EnumMember>();
        var values = new HashSet<object>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (IFieldSymbol field in type.GetMembers().OfType<IFieldSymbol>().Where(static f => f.HasConstantValue))
        {
            string json = TaskNames.CamelCase(field.Name);
            if (!names.Add(json))
            {
                Refuse($"two of its members are '{json}' in JSON");
                return null;
            }

            members.Add(new EnumMember(Names.Identifier(field.Name), json, !values.Add(field.ConstantValue!)));
        }

        return new EnumShape(name, Id(word), new EquatableArray<EnumMember>(members));
    }

    private string Id(string word)
    {
        string id = word;
        for (int i = 2; !_ids.Add(id); i++)
            id = word + i;
        return id;
    }
}
