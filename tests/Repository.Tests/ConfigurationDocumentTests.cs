using System.Globalization;
using System.Reflection;
using Gristmill.Client;
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
    [InlineData("Users", typeof(UserOptions))]
    public void EveryOption_WithItsDefault_IsInTheDocument(string section, Type options)
    {
        string[] rows = RepositoryFiles.Read("docs/configuration.md").Split('\n');
        object defaults = Activator.CreateInstance(options)!;

        string[] missing =
            [.. from property in options.GetProperties(BindingFlags.Instance | BindingFlags.Public)
                where property.SetMethod is not null
                let row = rows.FirstOrDefault(line => line.StartsWith($"| `{section}:{property.Name}` |", StringComparison.Ordinal))
                let value = TextOf(property.GetValue(defaults))
                where row is null || (property.Name is not ("Workers" or "Readers") && !row.Contains($"| `{value}` |", StringComparison.Ordinal))
                select row is null ? $"{section}:{property.Name} has no row" : $"{section}:{property.Name}: the default is {value}"];

        Assert.Empty(missing);
    }

    private static string TextOf(object? value) => value switch
    {
        null => "none",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };
}
