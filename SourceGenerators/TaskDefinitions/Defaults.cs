using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>The value of a parameter that JSON leaves out.</summary>
internal static class Defaults
{
    /// <summary>Null when the parameter must be given: it has no default and takes no null.</summary>
    public static DefaultValue? Of(IParameterSymbol parameter)
    {
        bool isNullable = Types.NullableElement(Types.OfParameter(parameter)) is not null;
        if (!parameter.HasExplicitDefaultValue)
            return isNullable ? new DefaultValue("null", "null") : null;

        object? value = parameter.ExplicitDefaultValue;
        if (value is null)
            return isNullable ? new DefaultValue("null", "null") : new DefaultValue(parameter.Type.IsReferenceType ? "default!" : "default", null);

        ITypeSymbol type = Types.NullableElement(parameter.Type) ?? parameter.Type;
        if (type is INamedTypeSymbol { TypeKind: TypeKind.Enum } enumType)
            return OfEnum(enumType, value);
        return value switch
        {
            bool boolean => new DefaultValue(boolean ? "true" : "false", boolean ? "true" : "false"),
            string text => new DefaultValue(SymbolDisplay.FormatLiteral(text, quote: true), JsonText.Quote(text)),
            double number => OfDouble(number),
            float number => OfDouble(number) is { Json: not null }
                ? new DefaultValue(number.ToString("R", CultureInfo.InvariantCulture) + "f", number.ToString("R", CultureInfo.InvariantCulture))
                : new DefaultValue($"(float){OfDouble(number).Code}", null),
            decimal number => new DefaultValue(Invariant(number) + "m", Invariant(number)),
            IFormattable number => new DefaultValue(Integer(type, number), Invariant(number)),
            _ => new DefaultValue("default", null),
        };
    }

    private static DefaultValue OfEnum(INamedTypeSymbol type, object value)
    {
        IFieldSymbol? member = type.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(f => f.HasConstantValue && value.Equals(f.ConstantValue));
        return member is null
            ? new DefaultValue($"({Types.NameOf(type)})({Invariant((IFormattable)value)})", null)
            : new DefaultValue($"{Types.NameOf(type)}.{Names.Identifier(member.Name)}", JsonText.Quote(TaskNames.CamelCase(member.Name)));
    }

    private static DefaultValue OfDouble(double number)
    {
        if (double.IsNaN(number))
            return new DefaultValue("double.NaN", null);
        if (double.IsInfinity(number))
            return new DefaultValue(number > 0 ? "double.PositiveInfinity" : "double.NegativeInfinity", null);
        string digits = number.ToString("R", CultureInfo.InvariantCulture);
        return new DefaultValue(digits + "d", digits);
    }

    // Typed in full: a default also stands where nothing else gives it its type.
    private static string Integer(ITypeSymbol type, IFormattable number) => type.SpecialType switch
    {
        SpecialType.System_Int64 => Invariant(number) + "L",
        SpecialType.System_UInt64 => Invariant(number) + "UL",
        SpecialType.System_UInt32 => Invariant(number) + "U",
        SpecialType.System_Int32 => Invariant(number),
        _ => $"({Types.NameOf(type)})({Invariant(number)})",
    };

    private static string Invariant(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
