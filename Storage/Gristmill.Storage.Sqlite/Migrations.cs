using System.Globalization;

namespace Gristmill.Storage.Sqlite;

/// <summary>
/// Brings a database's schema up to date. Its <c>user_version</c> is the number of the last text that it has taken; each is applied in one
/// transaction together with its number.
/// </summary>
internal static class Migrations
{
    /// <summary>What <c>application_id</c> holds in a database of ours: "Grst" in ASCII.</summary>
    public const int ApplicationId = 0x47727374;

    private static readonly string[] s_scripts = SchemaScripts.Read(typeof(Migrations).Assembly);

    /// <summary>The schema that this program writes.</summary>
    public static int Latest => s_scripts.Length;

    public static void Apply(Connection connection) => Apply(connection, Latest);

    public static void Apply(Connection connection, int target)
    {
        for (int version = (int)connection.ReadInt64("PRAGMA user_version"); version < target; version++)
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
}
