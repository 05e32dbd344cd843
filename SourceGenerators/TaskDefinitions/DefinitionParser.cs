using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>
/// Reads one class marked [TaskDefinition] into a model, and tells what is wrong with it. Shared by the generator, which emits sound
/// models, and the analyzer, which shows the mistakes.
/// </summary>
internal static class DefinitionParser
{
    public const string AttributeName = "Gristmill.TaskDefinitionAttribute";
    public const string OperationAttributeName = "Gristmill.TaskOperationAttribute";

    /// <summary>Null when an error stands in the way.</summary>
    public static DefinitionModel? Parse(
        INamedTypeSymbol type, AttributeData attribute, Problems problems, CancellationToken cancellationToken)
    {
        int errorsBefore = problems.ErrorCount;
        if (!CheckPlace(type, problems, cancellationToken))
            return null;

        var shapes = new ShapeBuilder(cancellationToken);
        KindSettings settings = KindSettings.Read(attribute, problems, cancellationToken);
        string? prefix = attribute.ConstructorArguments.FirstOrDefault().Value as string;
        if (!TaskNames.IsKind(prefix))
        {
            problems.Report(
                Rules.InvalidName, KindSettings.LocationOf(attribute, cancellationToken), prefix ?? "null", "kind name", Rules.KindNameForm);
        }

        HandlerModel? handler = null;
        var operations = new List<OperationModel>();
        if (type.IsStatic)
            AddOperations(type, prefix ?? "", settings, shapes, problems, operations, cancellationToken);
        else
            handler = AddHandler(type, prefix ?? "", settings, shapes, problems, operations, cancellationToken);
        if (problems.ErrorCount > errorsBefore)
            return null;

        return new DefinitionModel(
            type.ContainingNamespace.IsGlobalNamespace ? null : type.ContainingNamespace.ToDisplayString(),
            Names.Identifier(type.Name),
            type.IsRecord ? "record" : "class",
            type.DeclaredAccessibility == Accessibility.Public ? "public" : "internal",
            Names.FactoryFor(type.Name),
            handler,
            new EquatableArray<OperationModel>(operations),
            shapes.Shapes);
    }

    private static bool CheckPlace(INamedTypeSymbol type, Problems problems, CancellationToken cancellationToken)
    {
        string? obstacle = type switch
        {
            { ContainingType: not null } => "it lies inside another type; move it to a namespace",
            { IsGenericType: true } => "it is generic; a kind has one input type",
            { IsFileLocal: true } => "it is local to a file, where the generator cannot add to it",
            { IsAbstract: true, IsStatic: false } => "it is abstract",
            _ => null,
        };
        if (obstacle is not null)
        {
            problems.Report(Rules.NotADefinition, type, type.Name, obstacle);
            return false;
        }

        bool isPartial = type.DeclaringSyntaxReferences.Any(reference =>
            reference.GetSyntax(cancellationToken) is TypeDeclarationSyntax declaration
            && declaration.Modifiers.Any(static m => m.Text == "partial"));
        if (!isPartial)
            problems.Report(Rules.MissingPartial, type, type.Name);
        return true;
    }

    private static void AddOperations(
        INamedTypeSymbol type, string prefix, KindSettings defaults, ShapeBuilder shapes, Problems problems,
        List<OperationModel> operations, CancellationToken cancellationToken)
    {
        var methods = new HashSet<string>(StringComparer.Ordinal);
        bool any = false;
        foreach (IMethodSymbol method in type.GetMembers().OfType<IMethodSymbol>())
        {
            AttributeData? attribute = method.GetAttributes()
                .FirstOrDefault(static a => Types.IsAttribute(a, OperationAttributeName));
            if (attribute is null)
                continue;
            any = true;
            if (!methods.Add(method.Name))
            {
                problems.Report(Rules.InvalidOperation, method, method.Name, "another operation of the class has the same method name");
                continue;
            }

            var parser = new OperationParser(shapes, problems, cancellationToken);
            if (parser.ParseMethod(method, attribute, prefix, defaults) is { } operation)
                operations.Add(operation);
        }

        if (!any)
            problems.Report(Rules.NoOperations, type, type.Name);
    }

    private static HandlerModel? AddHandler(
        INamedTypeSymbol type, string kind, KindSettings settings, ShapeBuilder shapes, Problems problems,
        List<OperationModel> operations, CancellationToken cancellationToken)
    {
        INamedTypeSymbol[] contracts = [.. type.AllInterfaces.Where(static i =>
            i.Name == "ITaskHandler" && i.TypeArguments.Length == 2 && i.ContainingNamespace.ToDisplayString() == "Gristmill")];
        if (contracts.Length != 1)
        {
            problems.Report(Rules.NotADefinition, type, type.Name, contracts.Length == 0
                ? "it is neither a static class of operations nor an ITaskHandler<TInput, TOutput>"
                : "it implements ITaskHandler<TInput, TOutput> more than once; a class handles one kind");
            return null;
        }

        IMethodSymbol? constructor = type.InstanceConstructors
            .Where(c => c.DeclaredAccessibility == Accessibility.Public && !IsCopyConstructor(c, type))
            .OrderByDescending(static c => c.Parameters.Length)
            .FirstOrDefault();
        if (constructor is null)
        {
            problems.Report(Rules.NoPublicConstructor, type, type.Name);
            return null;
        }

        if (RequiredMemberOf(type) is { } required && !constructor.GetAttributes().Any(static a => a.AttributeClass?.Name == "SetsRequiredMembersAttribute"))
        {
            problems.Report(Rules.NotADefinition, type, type.Name, $"its member '{required.Name}' is required, and nobody sets it; take it in the constructor");
            return null;
        }

        foreach (IParameterSymbol parameter in constructor.Parameters)
            problems.CheckService(parameter, type.Name);
        var parser = new OperationParser(shapes, problems, cancellationToken);
        if (parser.ParseHandler(type, contracts[0], kind, settings) is { } operation)
            operations.Add(operation);
        return new HandlerModel(
            Types.NameOf(type),
            Types.NameOf(contracts[0]),
            new EquatableArray<ServiceModel>(constructor.Parameters.Select(static p => new ServiceModel(
                Types.NameOf(Types.NullableElement(p.Type) ?? p.Type),
                p.HasExplicitDefaultValue ? Defaults.Of(p)?.Code : Types.NullableElement(p.Type) is null ? null : "null"))));
    }

    private static ISymbol? RequiredMemberOf(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? at = type; at is not null; at = at.BaseType)
        {
            if (at.GetMembers().FirstOrDefault(static m => m is IPropertySymbol { IsRequired: true } or IFieldSymbol { IsRequired: true }) is { } required)
                return required;
        }

        return null;
    }

    private static bool IsCopyConstructor(IMethodSymbol constructor, INamedTypeSymbol type) =>
        type.IsRecord && constructor.Parameters.Length == 1
        && SymbolEqualityComparer.Default.Equals(constructor.Parameters[0].Type, type);
}
