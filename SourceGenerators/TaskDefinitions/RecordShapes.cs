using Microsoft.CodeAnalysis;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>
/// The shape of a record or struct: the parameters of its constructor, and every further property that can be set. Computed properties have no
/// part in JSON, so that what is written can be read back.
/// </summary>
internal static class RecordShapes
{
    public static RecordShape? Make(
        INamedTypeSymbol record, string name, string id, ShapeBuilder shapes, CancellationToken cancellationToken)
    {
        if (record.IsAbstract)
            return shapes.Refuse("it is abstract, and JSON does not say which record to make");

        List<IPropertySymbol> properties = PropertiesOf(record);
        IMethodSymbol? constructor = ConstructorOf(record, properties);
        if (constructor is null)
            return shapes.Refuse("no public constructor of it takes only parameters that are named and typed as its properties");

        XmlDocs docs = XmlDocs.Of(record, cancellationToken);
        var models = new List<PropertyModel>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (IParameterSymbol parameter in constructor.Parameters)
        {
            IPropertySymbol property = properties.First(p => Matches(p, parameter));
            properties.Remove(property);
            models.Add(new PropertyModel(
                Names.Identifier(property.Name),
                JsonNameOf(property),
                shapes.Add(Types.OfParameter(parameter)),
                PropertyRole.Constructor,
                Defaults.Of(parameter),
                docs.Parameter(parameter.Name) ?? XmlDocs.Of(property, cancellationToken).Summary));
        }

        foreach (IPropertySymbol property in properties)
        {
            if (property.SetMethod is not { DeclaredAccessibility: Accessibility.Public } || IsIgnored(property))
                continue;
            models.Add(new PropertyModel(
                Names.Identifier(property.Name),
                JsonNameOf(property),
                shapes.Add(property.Type),
                property.IsRequired ? PropertyRole.Required : PropertyRole.Optional,
                Default: null,
                XmlDocs.Of(property, cancellationToken).Summary));
        }

        if (models.Count == 0 && !record.IsRecord && !Types.Is(record, "Gristmill.NoResult"))
            return shapes.Refuse("it has no properties to read or write");
        foreach (PropertyModel model in models)
        {
            if (model.Shape < 0)
                return shapes.Refuse(shapes.Refusal.Length == 0 ? "" : $"its property {model.Name} has no JSON form: {shapes.Refusal}");
            if (!names.Add(model.JsonName))
                return shapes.Refuse($"two of its properties are '{model.JsonName}' in JSON");
        }

        return new RecordShape(name, id, record.IsValueType, docs.Summary, new EquatableArray<PropertyModel>(models));
    }

    private static List<IPropertySymbol> PropertiesOf(INamedTypeSymbol record)
    {
        var found = new List<IPropertySymbol>();
        // Base records first: their properties come first in the constructor too.
        var lineage = new Stack<INamedTypeSymbol>();
        for (INamedTypeSymbol? type = record; type is { SpecialType: SpecialType.None }; type = type.BaseType)
            lineage.Push(type);
        foreach (IPropertySymbol property in lineage.SelectMany(static t => t.GetMembers().OfType<IPropertySymbol>()))
        {
            if (property is not { IsStatic: false, IsIndexer: false, DeclaredAccessibility: Accessibility.Public, GetMethod: not null })
                continue;
            found.RemoveAll(p => p.Name == property.Name);
            found.Add(property);
        }

        return found;
    }

    private static IMethodSymbol? ConstructorOf(INamedTypeSymbol record, List<IPropertySymbol> properties) =>
        record.InstanceConstructors
            .Where(c => c.DeclaredAccessibility == Accessibility.Public
                && c.Parameters.All(p => properties.Any(property => Matches(property, p))))
            .OrderByDescending(static c => c.Parameters.Length)
            .FirstOrDefault();

    private static bool Matches(IPropertySymbol property, IParameterSymbol parameter) =>
        string.Equals(property.Name, parameter.Name, StringComparison.OrdinalIgnoreCase)
        && SymbolEqualityComparer.Default.Equals(property.Type, parameter.Type);

    private static string JsonNameOf(IPropertySymbol property)
    {
        AttributeData? named = property.GetAttributes().FirstOrDefault(static a => a.AttributeClass?.Name == "JsonPropertyNameAttribute");
        return named?.ConstructorArguments.FirstOrDefault().Value as string ?? TaskNames.CamelCase(property.Name);
    }

    private static bool IsIgnored(IPropertySymbol property) =>
        !property.IsRequired && property.GetAttributes().Any(static a => a.AttributeClass?.Name == "JsonIgnoreAttribute");
}
