using System.Collections;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Gristmill.Client.Hosting;

/// <summary>
/// Names settings as the operator writes them. An options class says its configuration section in a constant <c>Section</c>.
/// </summary>
public static class SettingNames
{
    /// <summary>Refuses a setting that nobody reads: more often than not it is a misspelt one, and its default would hold in silence.</summary>
    /// <param name="configuration">The whole configuration.</param>
    /// <param name="section">The section to look at.</param>
    /// <param name="options">The classes that it is bound to.</param>
    /// <param name="others">Settings of the section that are read by themselves.</param>
    /// <exception cref="StartupException">There is no such setting; names the nearest that there is.</exception>
    public static void Check(IConfiguration configuration, string section, IEnumerable<Type> options, params string[] others)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(options);
        Check(configuration.GetSection(section), [.. options], others);
    }

    /// <summary>What is wrong with options, with settings in place of properties: <c>TaskEngine:Workers</c>.</summary>
    internal static string Explain(OptionsValidationException exception)
    {
        string failures = string.Join(" ", exception.Failures);
        return SectionOf(exception.OptionsType) is { } section
            ? Regex.Replace(failures, $@"\b{exception.OptionsType.Name}((?:\.\w+)+)", match => section + match.Groups[1].Value.Replace('.', ':'))
            : failures;
    }

    private static string? SectionOf(Type options) => options.GetField("Section")?.GetRawConstantValue() as string;

    private static void Check(IConfigurationSection section, Type[] options, string[] others)
    {
        PropertyInfo[] properties = [.. options.SelectMany(type => type.GetProperties(BindingFlags.Instance | BindingFlags.Public))];
        foreach (IConfigurationSection setting in section.GetChildren())
        {
            if (others.Contains(setting.Key, StringComparer.OrdinalIgnoreCase))
                continue;
            PropertyInfo property = Array.Find(properties, property => property.Name.Equals(setting.Key, StringComparison.OrdinalIgnoreCase))
                ?? throw Unknown(setting, [.. properties.Select(property => property.Name), .. others]);
            if (IsNested(property.PropertyType))
                Check(setting, [property.PropertyType], []);
        }
    }

    private static bool IsNested(Type type) => type.IsClass && type != typeof(string) && !typeof(IEnumerable).IsAssignableFrom(type);

    private static StartupException Unknown(IConfigurationSection setting, string[] names)
    {
        string nearest = names.MinBy(name => name.Contains(setting.Key, StringComparison.OrdinalIgnoreCase)
            ? 0
            : Distance(name.ToUpperInvariant(), setting.Key.ToUpperInvariant()))!;
        string prefix = setting.Path[..^setting.Key.Length];
        return new StartupException($"There is no setting {setting.Path}. The nearest is {prefix}{nearest}.");
    }

    /// <summary>Letters to insert, remove or replace (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}
