using System.Globalization;
using Microsoft.CodeAnalysis;

namespace Gristmill.SourceGenerators.GrainReferences;

/// <summary>Reads grain interfaces and grain classes from symbols.</summary>
internal static class GrainInterfaceReader
{
    private const string GrainInterface = "Orleans.IGrain";
    private const string ReferenceClass = "Orleans.Runtime.GrainReference";

    private static readonly string[] s_options = ["OneWay", "ReadOnly", "AlwaysInterleave"];

    private static readonly SymbolDisplayFormat s_typeFormat = SymbolDisplayFormat.FullyQualifiedFormat
        .WithMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers
            | SymbolDisplayMiscellaneousOptions.UseSpecialTypes
            | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    /// <summary>Null when the type is no grain interface, or is one of Orleans' own.</summary>
    public static GrainInterfaceModel? Read(INamedTypeSymbol type)
    {
        if (!IsGrain(type) || IsOrleans(type))
            return null;

        List<GrainInterfaceProblem> problems = [];
        if (type.IsGenericType)
            problems.Add(GrainInterfaceProblem.Of(type, "generic grain interfaces are not supported"));
        if (!IsReachable(type))
            problems.Add(GrainInterfaceProblem.Of(type, "a grain interface must be public or internal"));

        List<GrainMethodModel> methods = [];
        foreach (ISymbol member in type.AllInterfaces.Where(static i => !IsOrleans(i)).Append(type).SelectMany(static i => i.GetMembers()))
        {
            // Static members and methods with a body are none of a reference's business; accessors come with their property.
            if (member.IsStatic || member is INamedTypeSymbol or IMethodSymbol { IsAbstract: false } or IMethodSymbol { AssociatedSymbol: not null })
                continue;
            if (member is not IMethodSymbol method)
                problems.Add(GrainInterfaceProblem.Of(member, "a grain interface has methods only"));
            else if (ProblemOf(method) is { } problem)
                problems.Add(GrainInterfaceProblem.Of(method, problem));
            else
                methods.Add(Read(method));
        }

        return new GrainInterfaceModel(
            type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat),
            string.Concat(type.ToDisplayString().Select(static c => char.IsLetterOrDigit(c) ? c : '_')) + "_Reference",
            new EquatableArray<GrainMethodModel>(methods),
            new EquatableArray<GrainInterfaceProblem>(problems));
    }

    /// <summary>The fully qualified name of a class that a silo can activate; null for any other type.</summary>
    public static string? ReadClass(INamedTypeSymbol type) =>
        !type.IsAbstract && !type.IsGenericType && IsGrain(type) && IsReachable(type) && !IsReference(type)
            ? type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat)
            : null;

    private static GrainMethodModel Read(IMethodSymbol method) => new(
        method.Name,
        method.ContainingType.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat),
        method.ReturnType.ToDisplayString(s_typeFormat),
        RequestBaseOf(method)!,
        new EquatableArray<string>(s_options.Where(option => Has(method, option))),
        ResponseTimeoutTicks(method) ?? 0,
        new EquatableArray<GrainParameterModel>(method.Parameters.Select(static p => new GrainParameterModel(
            p.Name, p.Type.ToDisplayString(s_typeFormat), p.Type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat), IsToken(p)))));

    private static string? ProblemOf(IMethodSymbol method)
    {
        if (method.IsGenericMethod)
            return "generic grain methods are not supported";
        if (method.Parameters.Any(static p => p.RefKind != RefKind.None))
            return "a grain method takes its parameters by value";
        if (RequestBaseOf(method) is null)
            return "a grain method returns Task, Task<T>, ValueTask or ValueTask<T>; a one-way method returns no result";
        if (method.Parameters.Count(IsToken) > 1)
            return "a grain method takes at most one CancellationToken";
        return ResponseTimeoutTicks(method) is null ? "its response time-out is no time span" : null;
    }

    private static string? RequestBaseOf(IMethodSymbol method)
    {
        if (method.ReturnType is not INamedTypeSymbol { ContainingNamespace: { } space } type || space.ToDisplayString() != "System.Threading.Tasks")
            return null;

        string result = type.TypeArguments.Length == 1 ? $"<{type.TypeArguments[0].ToDisplayString(s_typeFormat)}>" : "";
        if (result.Length > 0 && Has(method, "OneWay"))
            return null;
        return type.Name is "Task" or "ValueTask" ? $"{type.Name}Request{result}" : null;
    }

    // 0 without the attribute, null for one that cannot be read.
    private static long? ResponseTimeoutTicks(IMethodSymbol method)
    {
        AttributeData? attribute = method.GetAttributes().FirstOrDefault(
            static a => a.AttributeClass?.ToDisplayString() == "Orleans.ResponseTimeoutAttribute");
        if (attribute is null)
            return 0;
        return attribute.ConstructorArguments.Length == 1
            && TimeSpan.TryParse(attribute.ConstructorArguments[0].Value as string, CultureInfo.InvariantCulture, out TimeSpan time)
            && time > TimeSpan.Zero
                ? time.Ticks
                : null;
    }

    private static bool IsGrain(INamedTypeSymbol type) => type.AllInterfaces.Any(static i => i.ToDisplayString() == GrainInterface);

    private static bool IsOrleans(INamedTypeSymbol type) =>
        type.ContainingNamespace.ToDisplayString() is var name && (name == "Orleans" || name.StartsWith("Orleans.", StringComparison.Ordinal));

    private static bool IsReachable(INamedTypeSymbol? type)
    {
        for (; type is not null; type = type.ContainingType)
        {
            if (type.DeclaredAccessibility is not (Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal) || type.IsFileLocal)
                return false;
        }

        return true;
    }

    private static bool IsReference(INamedTypeSymbol? type)
    {
        for (; type is not null; type = type.BaseType)
        {
            if (type.ToDisplayString() == ReferenceClass)
                return true;
        }

        return false;
    }

    private static bool Has(IMethodSymbol method, string option) =>
        method.GetAttributes().Any(a => a.AttributeClass?.ToDisplayString() == $"Orleans.Concurrency.{option}Attribute");

    private static bool IsToken(IParameterSymbol parameter) => parameter.Type.ToDisplayString() == "System.Threading.CancellationToken";
}
