using System.Runtime.CompilerServices;
using Npgsql;

namespace Gristmill.Storage.PostgreSql;

/// <summary>
/// The connections to one PostgreSQL database, shared by all its stores, and the sorting of its failures into those that say "not done"
/// and those that say nothing. Safe from any thread.
/// </summary>
public sealed class PostgreSqlDatabase : IAsyncDisposable
{
    private const int PreparedStatements = 64;

    private static readonly string[] s_safetySettings = ["fsync", "full_page_writes", "synchronous_commit"];

    private readonly NpgsqlDataSource _source;

    private PostgreSqlDatabase(NpgsqlDataSource source) => _source = source;

    /// <summary>Connects, refuses a server that would not keep what it acknowledges, and brings the schema up to date.</summary>
    /// <exception cref="StartupException">The server cannot be reached, or is refused.</exception>
    public static PostgreSqlDatabase Open(PostgreSqlStorageOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        NpgsqlDataSource source = Build(options);
        try
        {
            using NpgsqlConnection connection = source.OpenConnection();
            CheckServer(connection, options.AllowUnsafeServer);
            PostgreSqlMigrations.Apply(connection);
            return new PostgreSqlDatabase(source);
        }
        catch (Exception e)
        {
            source.Dispose();
            if (e is NpgsqlException or TimeoutException)
                throw new StartupException($"PostgreSQL ({Name(options)}) cannot be used: {FirstLine(e)}", e);
            throw;
        }
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    /// <summary>Runs reads on one connection.</summary>
    /// <exception cref="StorageUnavailableException">The server cannot answer.</exception>
    internal async ValueTask<T> ReadAsync<TState, T>(
        TState state, Func<NpgsqlConnection, TState, CancellationToken, ValueTask<T>> body, CancellationToken cancellationToken)
    {
        using NpgsqlConnection connection = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await body(connection, state, cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException e)
        {
            throw CannotRead(e);
        }
    }

    /// <summary>Streams one query's rows, on a connection that is held as long as the caller takes.</summary>
    /// <exception cref="StorageUnavailableException">The server cannot answer.</exception>
    internal async IAsyncEnumerable<T> StreamAsync<T>(
        Func<NpgsqlConnection, NpgsqlCommand> query, Func<NpgsqlDataReader, T> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using NpgsqlConnection connection = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        using NpgsqlCommand command = query(connection);
        NpgsqlDataReader reader = await AnswerAsync(command.ExecuteReaderAsync(cancellationToken)).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await AnswerAsync(reader.ReadAsync(cancellationToken)).ConfigureAwait(false))
                yield return read(reader);
        }

        static async ValueTask<TAnswer> AnswerAsync<TAnswer>(Task<TAnswer> call)
        {
            try
            {
                return await call.ConfigureAwait(false);
            }
            catch (NpgsqlException e)
            {
                throw CannotRead(e);
            }
        }
    }

    internal ValueTask<long> ReadNumberAsync(string sql, CancellationToken cancellationToken) => ReadAsync(
        sql,
        static async (connection, sql, cancellation) =>
        {
            using NpgsqlCommand command = connection.Command(sql);
            return (long)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
        },
        cancellationToken);

    /// <summary>Returns when the server answers from our tables.</summary>
    internal async ValueTask PingAsync(CancellationToken cancellationToken) =>
        await ReadNumberAsync("SELECT next_id FROM user_ids", cancellationToken).ConfigureAwait(false);

    /// <summary>Runs writes on one connection. The token counts until the body begins, so that a cancelled write is one not done.</summary>
    /// <exception cref="StorageUnavailableException">The server refused; nothing was written.</exception>
    /// <exception cref="StorageOutcomeUnknownException">The answer was lost.</exception>
    internal async ValueTask<T> WriteAsync<TState, T>(
        TState state, Func<NpgsqlConnection, TState, ValueTask<T>> body, CancellationToken cancellationToken)
    {
        using NpgsqlConnection connection = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await body(connection, state).ConfigureAwait(false);
        }
        catch (NpgsqlException e) when (SaysNotDone(e))
        {
            throw new StorageUnavailableException($"PostgreSQL refused a write: {FirstLine(e)}", e);
        }
        catch (NpgsqlException e)
        {
            throw new StorageOutcomeUnknownException($"PostgreSQL's answer to a write was lost: {FirstLine(e)}", e);
        }
    }

    private async ValueTask<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        // A pooled connection is handed out without a look at the token.
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException e)
        {
            throw new StorageUnavailableException($"PostgreSQL cannot be reached: {FirstLine(e)}", e, retryAfter: TimeSpan.FromSeconds(1));
        }
        catch (ObjectDisposedException e)
        {
            throw new StorageUnavailableException("The store is closed.", e);
        }
    }

    /// <summary>
    /// An error that the server reports ends the statement without effect, but for those that say that the server or the connection
    /// ends (classes 57P and 08): they can overtake the answer to a commit that happened. Anything else is a broken connection.
    /// </summary>
    private static bool SaysNotDone(NpgsqlException e) =>
        e is PostgresException { SqlState: var state }
        && !state.StartsWith("57P", StringComparison.Ordinal) && !state.StartsWith("08", StringComparison.Ordinal);

    private static NpgsqlDataSource Build(PostgreSqlStorageOptions options)
    {
        try
        {
            var builder = new NpgsqlDataSourceBuilder(options.ConnectionString);
            builder.ConnectionStringBuilder.MaxPoolSize = options.MaxConnections;
            builder.ConnectionStringBuilder.MaxAutoPrepare = PreparedStatements;
            builder.ConnectionStringBuilder.AutoPrepareMinUsages = 2;
            // Kerberos only where it is asked for: looking for it needs a library that small images do not have.
            if (!builder.ConnectionStringBuilder.ShouldSerialize("GSS Encryption Mode"))
                builder.ConnectionStringBuilder.GssEncryptionMode = GssEncryptionMode.Disable;
            return builder.Build();
        }
        catch (ArgumentException e)
        {
            throw new StartupException($"The connection string is not one of PostgreSQL: {FirstLine(e)}", e);
        }
    }

    private static void CheckServer(NpgsqlConnection connection, bool allowUnsafe)
    {
        if (Show(connection, "server_encoding") is not "UTF8" and var encoding)
            throw new StartupException($"Database {connection.Database} is encoded in {encoding}; Gristmill needs UTF8.");
        foreach (string setting in s_safetySettings)
        {
            if (!allowUnsafe && Show(connection, setting) == "off")
            {
                throw new StartupException(
                    $"PostgreSQL runs with {setting} = off and would lose acknowledged writes: switch it on, or set AllowUnsafeServer.");
            }
        }
    }

    private static string? Show(NpgsqlConnection connection, string setting)
    {
        using NpgsqlCommand command = connection.Command("SELECT current_setting($1)", setting);
        return (string?)command.ExecuteScalar();
    }

    private static StorageUnavailableException CannotRead(NpgsqlException e) => new($"PostgreSQL cannot read: {FirstLine(e)}", e);

    private static string Name(PostgreSqlStorageOptions options)
    {
        var builder = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        return $"{builder.Host}:{builder.Port}/{builder.Database}";
    }

    private static string FirstLine(Exception e) => e.Message.Split('\n', 2)[0].TrimEnd();
}
