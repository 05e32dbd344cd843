using System.Collections.Immutable;

namespace Gristmill.Storage.Sqlite;

/// <summary>How a <see cref="StoredQueueSettings"/> lies in a row of <c>queue</c>.</summary>
internal static class QueueRow
{
    private const string AllSql = """
        SELECT name, version, paused, max_concurrency, rate_limit, rate_period, key_max_concurrency, key_rate_limit, key_rate_period FROM queue
        """;

    private const string WriteSql = """
        INSERT INTO queue (name, version, paused, max_concurrency, rate_limit, rate_period, key_max_concurrency, key_rate_limit, key_rate_period)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE ifnull((SELECT version FROM queue WHERE name = ?1), 0) = ?2 - 1
        ON CONFLICT (name) DO UPDATE SET version = excluded.version, paused = excluded.paused, max_concurrency = excluded.max_concurrency,
            rate_limit = excluded.rate_limit, rate_period = excluded.rate_period, key_max_concurrency = excluded.key_max_concurrency,
            key_rate_limit = excluded.key_rate_limit, key_rate_period = excluded.key_rate_period
        """;

    public static ImmutableArray<StoredQueueSettings> ReadAll(Connection connection, int _)
    {
        ImmutableArray<StoredQueueSettings>.Builder queues = ImmutableArray.CreateBuilder<StoredQueueSettings>();
        using Statement row = connection.Prepare(AllSql);
        while (row.Step())
        {
            queues.Add(new StoredQueueSettings(
                row.Text(0), row.Int64(1), row.Int64(2) != 0, Number(row, 3), Rate(row, 4), Number(row, 6), Rate(row, 7)));
        }

        return queues.ToImmutable();
    }

    /// <exception cref="QueueConflictException">The stored version is not the one before.</exception>
    public static bool Write(Connection connection, StoredQueueSettings queue)
    {
        Statement write = connection.Prepare(WriteSql).Bind(1, queue.Name).Bind(2, queue.Version).Bind(3, queue.IsPaused ? 1 : 0)
            .Bind(4, queue.MaxConcurrency).Bind(7, queue.MaxConcurrencyPerKey);
        BindRate(write, 5, queue.Rate);
        BindRate(write, 8, queue.RatePerKey);
        write.Execute();
        return connection.Changes == 1 ? true : throw new QueueConflictException(queue.Name, queue.Version);
    }

    private static void BindRate(Statement write, int index, StoredRate? rate) =>
        write.Bind(index, rate?.Limit).Bind(index + 1, (long?)rate?.Period.TotalMilliseconds);

    private static int? Number(Statement row, int column) => row.IsNull(column) ? null : (int)row.Int64(column);

    private static StoredRate? Rate(Statement row, int column) =>
        row.IsNull(column) ? null : new StoredRate((int)row.Int64(column), TimeSpan.FromMilliseconds(row.Int64(column + 1)));
}
