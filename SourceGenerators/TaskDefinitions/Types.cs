using Microsoft.CodeAnalysis;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>What the DSL knows of types by their names.</summary>
internal static class Types
{
    private static readonly SymbolDisplayFormat s_full = SymbolDisplayFormat.FullyQualifiedFormat.AddMiscellaneousOptions(
        SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    /// <summary>The type as generated code writes it.</summary>
    public static string NameOf(ITypeSymbol type) => type.ToDisplayString(s_full);

    /// <summary>The type as a message shows it.</summary>
    public static string Show(ITypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat);

    // Writing a type out costs more than all else here; most types are ruled out by their short name.
    public static bool Is(ITypeSymbol type, string fullName) =>
        fullName.IndexOf(type.Name, StringComparison.Ordinal) >= 0 && type.ToDisplayString() == fullName;

    public static bool IsMarked(ISymbol symbol, string attributeName) => symbol.GetAttributes().Any(a => IsAttribute(a, attributeName));

    public static bool IsAttribute(AttributeData attribute, string attributeName) =>
        attribute.AttributeClass is { } type && Is(type, attributeName);

    public static ITypeSymbol WithoutAnnotation(ITypeSymbol type) =>
        type.IsReferenceType ? type.WithNullableAnnotation(NullableAnnotation.NotAnnotated) : type;

    /// <summary>The parameter's type. Where the source says nothing of null, a default of null says that it is a value.</summary>
    public static ITypeSymbol OfParameter(IParameterSymbol parameter) =>
        parameter is { HasExplicitDefaultValue: true, ExplicitDefaultValue: null, Type: { IsReferenceType: true, NullableAnnotation: NullableAnnotation.None } }
            ? parameter.Type.WithNullableAnnotation(NullableAnnotation.Annotated)
            : parameter.Type;

    /// <summary>The type under a '?'; null when there is none.</summary>
    public static ITypeSymbol? NullableElement(ITypeSymbol type)
    {
        if (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } value)
            return value.TypeArguments[0];
        return type.IsReferenceType && type.NullableAnnotation == NullableAnnotation.Annotated ? WithoutAnnotation(type) : null;
    }

    /// <summary>Members of the JSON schema of a number type; null for any other type.</summary>
    public static string? NumberConstraints(ITypeSymbol type) => type.SpecialType switch
    {
        SpecialType.System_SByte => Range("-128", "127"),
        SpecialType.System_Byte => Range("0", "255"),
        SpecialType.System_Int16 => Range("-32768", "32767"),
        SpecialType.System_UInt16 => Range("0", "65535"),
        SpecialType.System_Int32 => Range("-2147483648", "2147483647"),
        SpecialType.System_UInt32 => Range("0", "4294967295"),
        SpecialType.System_Int64 => Range("-9223372036854775808", "9223372036854775807"),
        SpecialType.System_UInt64 => Range("0", "18446744073709551615"),
        SpecialType.System_Single or SpecialType.System_Double or SpecialType.System_Decimal => "\"type\":\"number\"",
        _ => null,
    };

    public static ScalarKind? ScalarKindOf(ITypeSymbol type)
    {
        switch (type.SpecialType)
        {
            case SpecialType.System_Boolean:
                return ScalarKind.Boolean;
            case SpecialType.System_String:
                return ScalarKind.String;
        }

        if (IsBytes(type))
            return ScalarKind.Bytes;
        return InSystem(type) switch
        {
            "Guid" => ScalarKind.Guid,
            "DateTimeOffset" => ScalarKind.Time,
            "TimeSpan" => ScalarKind.Duration,
            _ => null,
        };
    }

    public static (ITypeSymbol Element, SequenceForm Form)? SequenceOf(ITypeSymbol type)
    {
        if (type is IArrayTypeSymbol { Rank: 1 } array)
            return (array.ElementType, SequenceForm.Array);
        if (type is not INamedTypeSymbol { TypeArguments.Length: 1 } named)
            return null;
        SequenceForm? form = (named.ContainingNamespace.ToDisplayString(), named.Name) switch
        {
            ("System.Collections.Generic", "List") => SequenceForm.List,
            ("System.Collections.Generic", "IReadOnlyList" or "IReadOnlyCollection" or "IEnumerable") => SequenceForm.View,
            ("System.Collections.Immutable", "ImmutableArray") => SequenceForm.ImmutableArray,
            ("System", "ReadOnlyMemory") => SequenceForm.Memory,
            _ => null,
        };
        return form is null ? null : (named.TypeArguments[0], form.Value);
    }

    /// <summary>The value type of a dictionary with string keys, and whether it can change; null for any other type.</summary>
    public static (ITypeSymbol Element, bool IsImmutable)? DictionaryOf(ITypeSymbol type)
    {
        if (type is not INamedTypeSymbol { TypeArguments.Length: 2 } named
            || named.TypeArguments[0].SpecialType != SpecialType.System_String)
            return null;
        ITypeSymbol element = named.TypeArguments[1];
        return (named.ContainingNamespace.ToDisplayString(), named.Name) switch
        {
            ("System.Collections.Generic", "Dictionary" or "IReadOnlyDictionary") => (element, false),
            ("System.Collections.Immutable", "ImmutableDictionary") => (element, true),
            _ => null,
        };
    }

    /// <summary>The element of ReadOnlySpan or ReadOnlyMemory; null for any other type.</summary>
    public static ITypeSymbol? ViewElement(ITypeSymbol type, out bool isSpan)
    {
        isSpan = InSystem(type) == "ReadOnlySpan";
        return isSpan || InSystem(type) == "ReadOnlyMemory" ? ((INamedTypeSymbol)type).TypeArguments[0] : null;
    }

    /// <summary>
    /// A record, or a struct of the user's. In a referenced assembly a record struct cannot be told from any other; the structs of System
    /// mean more than their properties.
    /// </summary>
    public static bool IsRecordLike(INamedTypeSymbol type)
    {
        if (type.IsRecord)
            return true;
        INamespaceSymbol space = type.ContainingNamespace;
        while (space.ContainingNamespace is { IsGlobalNamespace: false } outer)
            space = outer;
        return type is { TypeKind: TypeKind.Struct, IsRefLikeType: false, IsTupleType: false } && space.Name != "System";
    }

    /// <summary>A word for the type in the name of a method: Int64Array.</summary>
    public static string WordFor(ITypeSymbol type)
    {
        if (type is IArrayTypeSymbol array)
            return WordFor(array.ElementType) + "Array";
        return type is INamedTypeSymbol { TypeArguments.Length: > 0 } generic
            ? string.Concat(generic.TypeArguments.Select(WordFor)) + generic.Name
            : type.Name;
    }

    /// <summary>Advice for types that people try first; null for any other.</summary>
    public static string? HintFor(ITypeSymbol type)
    {
        string? system = InSystem(type);
        if (system is "DateTime")
            return "a time without an offset means another moment on every machine; take DateTimeOffset";
        if (system is "Span" or "Memory")
            return $"input is not for writing; take ReadOnly{system}";
        if (system is "Char")
            return "JSON has no single characters; take string";
        if (system is "IProgress")
            return "progress is a number from 0 to 1; take IProgress<double>";
        if (type.IsTupleType)
            return "its members have no names in JSON; declare a record";
        if (type.TypeKind == TypeKind.Interface)
            return "it is an interface; a service is marked [TaskService]";
        if (type.TypeKind is TypeKind.Class or TypeKind.Struct && type.SpecialType == SpecialType.None)
            return "it is not a record; declare a record, or mark a service [TaskService]";
        return null;
    }

    public static string? InSystem(ITypeSymbol type) =>
        type.ContainingNamespace is { Name: "System", ContainingNamespace.IsGlobalNamespace: true } ? type.Name : null;

    private static bool IsBytes(ITypeSymbol type) =>
        type is IArrayTypeSymbol { Rank: 1, ElementType.SpecialType: SpecialType.System_Byte }
        || (ViewElement(type, out bool isSpan)?.SpecialType == SpecialType.System_Byte && !isSpan);

    private static string Range(string from, string to) => $"\"type\":\"integer\",\"minimum\":{from},\"maximum\":{to}";
}
