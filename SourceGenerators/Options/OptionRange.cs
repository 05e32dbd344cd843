using System.Globalization;
using Microsoft.CodeAnalysis;

namespace Gristmill.SourceGenerators.Options;

/// <summary>What the attributes of an option allow: numbers, times, or lengths of texts, both ends included.</summary>
internal sealed class OptionRange
{
    // long.MaxValue, as near as the attribute's double comes to it: an end that nobody means.
    private const decimal Endless = 9_223_372_036_854_775_000m;

    private readonly IComparable _least;
    private readonly IComparable _most;
    private readonly bool _isLength;

    private OptionRange(IComparable least, IComparable most, bool isLength = false)
    {
        _least = least;
        _most = most;
        _isLength = isLength;
    }

    /// <summary>Of a limit, which is an entry of a dictionary and has no attribute.</summary>
    public static OptionRange OneOrMore { get; } = new(1m, decimal.MaxValue);

    public static OptionRange UpTo(int most) => new(1m, (decimal)most);

    /// <summary>Null when nothing is said.</summary>
    public static OptionRange? Of(IPropertySymbol property)
    {
        foreach (AttributeData attribute in property.GetAttributes())
        {
            object?[] arguments = [.. attribute.ConstructorArguments.Where(static a => a.Kind != TypedConstantKind.Array).Select(static a => a.Value)];
            switch (attribute.AttributeClass?.Name)
            {
                case "RangeAttribute" when arguments.Length == 2:
                    return new OptionRange(ToDecimal(arguments[0]!), ToDecimal(arguments[1]!));
                case "RangeAttribute" when arguments is { Length: 3 } && arguments[1] is string least && arguments[2] is string most
                    && TimeSpan.TryParse(least, CultureInfo.InvariantCulture, out TimeSpan from)
                    && TimeSpan.TryParse(most, CultureInfo.InvariantCulture, out TimeSpan to):
                    return new OptionRange(from, to);
                case "StringLengthAttribute" when arguments.Length == 1:
                    object? minimum = attribute.NamedArguments.FirstOrDefault(static a => a.Key == "MinimumLength").Value.Value;
                    return new OptionRange(ToDecimal(minimum ?? 0), ToDecimal(arguments[0]!), isLength: true);
            }
        }

        return null;
    }

    /// <summary>True for a value of another sort, too: that is the compiler's affair.</summary>
    public bool Contains(object value)
    {
        IComparable? measured = (value, _least) switch
        {
            (string text, decimal) when _isLength => (decimal)text.Length,
            (TimeSpan time, TimeSpan) => time,
            (not string and not bool and not char and not TimeSpan, decimal) when !_isLength => ToDecimal(value),
            _ => null,
        };
        return measured is null || (measured.CompareTo(_least) >= 0 && measured.CompareTo(_most) <= 0);
    }

    public override string ToString() => _most is decimal and >= Endless
        ? $"{Show(_least)} or more"
        : $"{Show(_least)} to {Show(_most)}{(_isLength ? " characters" : "")}";

    public static string Show(object value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static decimal ToDecimal(object number) => number is double real && Math.Abs(real) > (double)decimal.MaxValue
        ? real > 0 ? decimal.MaxValue : decimal.MinValue
        : Convert.ToDecimal(number, CultureInfo.InvariantCulture);
}
