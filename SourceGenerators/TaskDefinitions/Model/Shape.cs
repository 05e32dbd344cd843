namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>
/// A type as JSON sees it. Shapes of one definition lie in a table and refer to each other by index, so that a recursive record is
/// a finite value and models stay comparable.
/// </summary>
/// <param name="Type">The C# type, fully qualified, with its nullable annotations.</param>
/// <param name="Id">Names the shape's read and write methods; unique in the definition.</param>
internal abstract record Shape(string Type, string Id);

internal enum ScalarKind
{
    Boolean,
    String,
    Guid,
    Time,
    Duration,
    Bytes,
}

internal sealed record ScalarShape(string Type, string Id, ScalarKind Kind) : Shape(Type, Id);

/// <param name="Type"><inheritdoc cref="Shape" path="/param[@name='Type']"/></param>
/// <param name="Id"><inheritdoc cref="Shape" path="/param[@name='Id']"/></param>
/// <param name="Constraints">Members of its JSON schema.</param>
internal sealed record NumberShape(string Type, string Id, string Constraints) : Shape(Type, Id);

internal sealed record EnumShape(string Type, string Id, EquatableArray<EnumMember> Members) : Shape(Type, Id);

/// <param name="Name">The C# name.</param>
/// <param name="JsonName">The name in camel case.</param>
/// <param name="IsAlias">True when a member before it has the same value, which is then written under that member's name.</param>
internal sealed record EnumMember(string Name, string JsonName, bool IsAlias);

internal sealed record NullableShape(string Type, string Id, int Element) : Shape(Type, Id);

internal enum SequenceForm
{
    Array,
    List,
    ImmutableArray,
    Memory,

    /// <summary>One of the read-only interfaces; an array serves.</summary>
    View,
}

internal sealed record SequenceShape(string Type, string Id, int Element, SequenceForm Form) : Shape(Type, Id);

/// <param name="Type"><inheritdoc cref="Shape" path="/param[@name='Type']"/></param>
/// <param name="Id"><inheritdoc cref="Shape" path="/param[@name='Id']"/></param>
/// <param name="Element">Index of the values' shape; the keys are strings.</param>
/// <param name="IsImmutable">True for ImmutableDictionary; otherwise a Dictionary serves.</param>
internal sealed record DictionaryShape(string Type, string Id, int Element, bool IsImmutable) : Shape(Type, Id);

internal sealed record RecordShape(string Type, string Id, bool IsValue, string? Description, EquatableArray<PropertyModel> Properties) : Shape(Type, Id);

internal enum PropertyRole
{
    /// <summary>A parameter of the constructor.</summary>
    Constructor,

    /// <summary>Set in the object initializer, because the compiler demands it.</summary>
    Required,

    /// <summary>Set only when the input has it, so that its own initializer stays in force otherwise.</summary>
    Optional,
}

/// <param name="Name">The C# name of the property.</param>
/// <param name="JsonName">Its name in JSON.</param>
/// <param name="Shape">Index of its shape.</param>
/// <param name="Role">How it gets into a new instance.</param>
/// <param name="Default">What an absent constructor argument is; null when it must be given.</param>
/// <param name="Description">From the XML documentation.</param>
internal sealed record PropertyModel(string Name, string JsonName, int Shape, PropertyRole Role, DefaultValue? Default, string? Description);

/// <param name="Code">A C# expression.</param>
/// <param name="Json">The same in JSON; null when it has no constant form.</param>
internal sealed record DefaultValue(string Code, string? Json);
