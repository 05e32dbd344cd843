using Microsoft.CodeAnalysis;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>Finds static members of a definition that a task could change under another's feet.</summary>
internal static class MutableState
{
    private static readonly HashSet<string> s_collections =
    [
        "List", "Dictionary", "HashSet", "Queue", "Stack", "SortedDictionary", "SortedList", "SortedSet", "LinkedList", "PriorityQueue",
        "StringBuilder", "ICollection", "IList", "IDictionary", "ISet", "ArrayList", "Hashtable", "BitArray",
    ];

    public static void Find(INamedTypeSymbol type, Problems problems)
    {
        foreach (ISymbol member in type.GetMembers())
        {
            bool changes = member switch
            {
                { IsStatic: false } or { IsImplicitlyDeclared: true } => false,
                IFieldSymbol field => !field.IsConst && !IsPerThread(field) && (!field.IsReadOnly || IsCollection(field.Type)),
                IPropertySymbol property => IsStored(property) && (property.SetMethod is not null || IsCollection(property.Type)),
                IEventSymbol => true,
                _ => false,
            };
            if (changes)
                problems.Report(Rules.MutableStatic, member, member.Name);
        }
    }

    private static bool IsPerThread(IFieldSymbol field) =>
        field.GetAttributes().Any(static a => a.AttributeClass?.Name == "ThreadStaticAttribute");

    // Only a property with a field behind it is state.
    private static bool IsStored(IPropertySymbol property) => property.ContainingType.GetMembers().OfType<IFieldSymbol>()
        .Any(f => SymbolEqualityComparer.Default.Equals(f.AssociatedSymbol, property));

    // The plain collections are not safe for many threads; a read-only field does not change that.
    private static bool IsCollection(ITypeSymbol type) => type is IArrayTypeSymbol array
        ? IsCollection(array.ElementType)
        : s_collections.Contains(type.Name)
            && type.ContainingNamespace?.ToDisplayString() is "System.Collections.Generic" or "System.Collections" or "System.Text";
}
