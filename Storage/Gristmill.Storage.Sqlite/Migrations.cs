using System.Globalization;
using System.Reflection;

namespace Gristmill.Storage.Sqlite;

/// <summary>
/// The schema as numbered texts (<c>Schema/0001_….sql</c> …). A database's <c>user_version</c> is the number of the last one that it has
/// taken; each is applied in one transaction together with its number.
/// </summary>
internal static class Migrations
{
    /// <summary>What <c>application_id</c> holds in a database of ours: "Grst" in ASCII.</summary>
    public const int ApplicationId = 0x47727374;

    private static readonly string[] s_scripts = [.. ReadScripts()];

    /// <summary>The version that this program writes.</summary>
    public static int Latest => s_scripts.Length;

    public static void Apply(Connection connection)
    {
        for (int version = (int)connection.ReadInt64("PRAGMA user_version"); version < Latest; version++)
        {
            connection.Run(string.Create(CultureInfo.InvariantCulture, $"""
                BEGIN IMMEDIATE;
                {s_scripts[version]}
                PRAGMA application_id = {ApplicationId};
                PRAGMA user_version = {version + 1};
                COMMIT;
                """));
        }
    }

    private static IEnumerable<string> ReadScripts()
    {
        Assembly assembly = typeof(Migrations).Assembly;
        foreach (string name in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return reader.ReadToEnd();
        }
    }
}
