using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace Gristmill;

/// <summary>Checks options against the attributes on their properties, and says what is wrong as an operator wants to hear it.</summary>
public static class SettingFaults
{
    // long.MaxValue, as near as an attribute's double comes to it: an end that nobody means.
    private const double Endless = 9_223_372_036_854_775_000d;

    /// <summary>A sentence for each setting that cannot be: its name, its value, and what to write instead.</summary>
    /// <param name="section">Where the options are bound from.</param>
    /// <param name="options">The options; objects of the same assembly in them are checked too.</param>
    public static IEnumerable<string> Of(string section, object options)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (PropertyInfo property in options.GetType().GetProperties().Where(static p => p.GetIndexParameters().Length == 0))
        {
            string setting = $"{section}:{property.Name}";
            object? value = property.GetValue(options);
            ValidationAttribute? broken = property.GetCustomAttributes<ValidationAttribute>()
                .OrderBy(static rule => rule is RequiredAttribute)
                .FirstOrDefault(rule => !rule.IsValid(value));
            if (broken is not null)
                yield return $"{setting} is {Show(value)}: {Remedy(broken, property.Name)}.";
            else if (value is not null && property.PropertyType.IsClass && property.PropertyType.Assembly == options.GetType().Assembly)
            {
                foreach (string fault in Of(setting, value))
                    yield return fault;
            }
        }
    }

    private static string Remedy(ValidationAttribute rule, string name) => rule switch
    {
        RangeAttribute { Maximum: double and >= Endless } range => $"use {Show(range.Minimum)} or more",
        RangeAttribute range => $"use {Show(range.Minimum)} to {Show(range.Maximum)}",
        StringLengthAttribute length => $"use {length.MinimumLength} to {length.MaximumLength} characters",
        RequiredAttribute => "give it a value",
        _ => rule.FormatErrorMessage(name),
    };

    private static string Show(object? value) => value switch
    {
        null => "not set",
        string text => $"'{text}'",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
