using Npgsql;

namespace Gristmill.Storage.PostgreSql;

/// <summary>Brings a database's schema up to date, in one transaction, while other processes that start at the same time wait.</summary>
internal static class PostgreSqlMigrations
{
    // Any number will do that no other program takes in the same database.
    private const long LockKey = 0x4772_7374_6D69_6C6C;

    /// <summary>Has one process after the other do what is to be done once, until its transaction ends.</summary>
    public static readonly string LockSql = $"SELECT pg_advisory_xact_lock({LockKey})";

    private static readonly string[] s_scripts = SchemaScripts.Read(typeof(PostgreSqlMigrations).Assembly);

    /// <summary>The schema that this program writes.</summary>
    public static int Latest => s_scripts.Length;

    /// <exception cref="StartupException">The database was written by a newer version.</exception>
    public static void Apply(NpgsqlConnection connection)
    {
        using NpgsqlTransaction transaction = connection.BeginTransaction();
        Execute(connection, LockSql);
        Execute(connection, "CREATE TABLE IF NOT EXISTS gristmill_schema (version integer NOT NULL)");
        int found = ReadVersion(connection);
        if (found > Latest)
        {
            throw new StartupException(
                $"Database {connection.Database} has schema {found}, and this version knows schemas up to {Latest}: run a newer version.");
        }

        for (int version = found; version < Latest; version++)
        {
            Execute(connection, s_scripts[version]);
            Execute(connection, $"INSERT INTO gristmill_schema (version) VALUES ({version + 1})");
        }

        transaction.Commit();
    }

    private static int ReadVersion(NpgsqlConnection connection)
    {
        using NpgsqlCommand command = connection.Command("SELECT coalesce(max(version), 0) FROM gristmill_schema");
        return (int)command.ExecuteScalar()!;
    }

    private static void Execute(NpgsqlConnection connection, string sql)
    {
        using NpgsqlCommand command = connection.Command(sql);
        command.ExecuteNonQuery();
    }
}
