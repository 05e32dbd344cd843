using System.Collections;
using System.Globalization;
using System.Reflection;
using Gristmill.Client;
using Gristmill.Client.Hosting;
using Gristmill.Grains.Tasks;
using Gristmill.Grains.Users;
using Gristmill.Storage.PostgreSql;
using Gristmill.Storage.Sqlite;

namespace Gristmill.Repository.Tests;

public sealed class ConfigurationDocumentTests
{
    [Theory]
    [InlineData("Gateway", typeof(GatewayOptions))]
    [InlineData("Storage", typeof(SqliteStorageOptions))]
    [InlineData("Storage", typeof(PostgreSqlStorageOptions))]
    [InlineData("TaskEngine", typeof(TaskEngineOptions))]
    [InlineData("Tasks", typeof(TaskOptions))]
    [InlineData("Users", typeof(UserOptions))]
    [InlineData("Cluster", typeof(ClusteringOptions))]
    [InlineData("Plugins", typeof(PluginOptions))]
    public void EveryOption_WithItsDefault_IsInTheDocument(string section, Type options)
    {
        string[] rows = RepositoryFiles.Read("docs/configuration.md").Split('\n');
        object defaults = Activator.CreateInstance(options)!;

        string[] missing =
            [.. from option in OptionsOf(section, defaults)
                let row = rows.FirstOrDefault(line => line.StartsWith($"| `{option.Name}` |", StringComparison.Ordinal))
                where row is null || (!DependsOnTheMachine(option.Name) && !row.Contains($"| `{option.Default}` |", StringComparison.Ordinal))
                select row is null ? $"{option.Name} has no row" : $"{option.Name}: the default is {option.Default}"];

        Assert.Empty(missing);
    }

    private static IEnumerable<(string Name, string Default)> OptionsOf(string section, object options)
    {
        foreach (PropertyInfo property in options.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            object? value = property.GetValue(options);
            string name = $"{section}:{property.Name}";
            if (value is { } nested && nested.GetType() is { IsClass: true } type && type.Assembly == options.GetType().Assembly)
            {
                foreach ((string, string) option in OptionsOf(name, nested))
                    yield return option;
            }
            else
            {
                yield return (name, TextOf(value));
            }
        }
    }

    private static bool DependsOnTheMachine(string name) => name is "TaskEngine:Workers" or "Storage:Readers";

    private static string TextOf(object? value) => value switch
    {
        null => "none",
        IDictionary { Count: 0 } => "none",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };
}
