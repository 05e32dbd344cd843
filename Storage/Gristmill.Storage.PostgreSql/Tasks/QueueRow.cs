using System.Collections.Immutable;
using Npgsql;
using NpgsqlTypes;

namespace Gristmill.Storage.PostgreSql;

/// <summary>How a <see cref="StoredQueueSettings"/> lies in a row of <c>queue</c>.</summary>
internal static class QueueRow
{
    private const string AllSql = """
        SELECT name, version, paused, max_concurrency, rate_limit, rate_period, key_max_concurrency, key_rate_limit, key_rate_period FROM queue
        """;

    // Of two writers at once, one finds no row to insert over, or no version to follow.
    private const string WriteSql = """
        INSERT INTO queue (name, version, paused, max_concurrency, rate_limit, rate_period, key_max_concurrency, key_rate_limit, key_rate_period)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE $2 = 1 OR EXISTS (SELECT FROM queue WHERE name = $1)
        ON CONFLICT (name) DO UPDATE SET version = excluded.version, paused = excluded.paused, max_concurrency = excluded.max_concurrency,
            rate_limit = excluded.rate_limit, rate_period = excluded.rate_period, key_max_concurrency = excluded.key_max_concurrency,
            key_rate_limit = excluded.key_rate_limit, key_rate_period = excluded.key_rate_period
        WHERE queue.version = excluded.version - 1
        """;

    public static async ValueTask<ImmutableArray<StoredQueueSettings>> ReadAllAsync(NpgsqlConnection connection, int _, CancellationToken cancellationToken)
    {
        ImmutableArray<StoredQueueSettings>.Builder queues = ImmutableArray.CreateBuilder<StoredQueueSettings>();
        using NpgsqlCommand command = connection.Command(AllSql);
        using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            queues.Add(new StoredQueueSettings(
                row.GetString(0), row.GetInt64(1), row.GetBoolean(2), Number(row, 3), Rate(row, 4), Number(row, 6), Rate(row, 7)));
        }

        return queues.ToImmutable();
    }

    /// <exception cref="QueueConflictException">The stored version is not the one before.</exception>
    public static async ValueTask<bool> WriteAsync(NpgsqlConnection connection, StoredQueueSettings queue)
    {
        using NpgsqlCommand command = connection.Command(
            WriteSql, queue.Name, queue.Version, queue.IsPaused, Integer(queue.MaxConcurrency), Integer(queue.Rate?.Limit),
            BigInt((long?)queue.Rate?.Period.TotalMilliseconds), Integer(queue.MaxConcurrencyPerKey),
            Integer(queue.RatePerKey?.Limit), BigInt((long?)queue.RatePerKey?.Period.TotalMilliseconds));
        int written = await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        return written == 1 ? true : throw new QueueConflictException(queue.Name, queue.Version);
    }

    private static NpgsqlParameter Integer(int? value) => new() { NpgsqlDbType = NpgsqlDbType.Integer, Value = value ?? (object)DBNull.Value };

    private static NpgsqlParameter BigInt(long? value) => new() { NpgsqlDbType = NpgsqlDbType.Bigint, Value = value ?? (object)DBNull.Value };

    private static int? Number(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);

    private static StoredRate? Rate(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : new StoredRate(row.GetInt32(column), TimeSpan.FromMilliseconds(row.GetInt64(column + 1)));
}
