using System.Collections.Immutable;
using Npgsql;
using NpgsqlTypes;

namespace Gristmill.Storage.PostgreSql;

/// <summary>How a <see cref="StoredSchedule"/> lies in a row of <c>schedule</c>.</summary>
internal static class ScheduleRow
{
    private const string Columns = "SELECT id, definition, created_at, next_at, last_at, last_task FROM schedule ";
    private const string OfPartitionSql = Columns + "WHERE part = $1";
    private const string ListSql = Columns + "WHERE id > $1 ORDER BY id LIMIT $2";
    private const string DeleteSql = "DELETE FROM schedule WHERE id = $1";

    private const string PutSql = """
        INSERT INTO schedule (id, part, definition, created_at, next_at, last_at, last_task) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id) DO UPDATE SET definition = excluded.definition, next_at = excluded.next_at, last_at = excluded.last_at,
            last_task = excluded.last_task
        """;

    public static void Add(NpgsqlBatch batch, int partition, ScheduleChange change)
    {
        if (change is SchedulePut { Schedule: var schedule })
        {
            batch.Add(
                PutSql, schedule.Id, partition, schedule.Definition, Time(schedule.CreatedAt), Time(schedule.NextAt), Time(schedule.LastAt),
                new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Uuid, Value = schedule.LastTask is { } task ? TaskRow.Key(task) : DBNull.Value });
        }
        else
        {
            batch.Add(DeleteSql, change.Id);
        }
    }

    public static ValueTask<ImmutableArray<StoredSchedule>> ReadOfPartitionAsync(
        NpgsqlConnection connection, int partition, CancellationToken cancellationToken) =>
        ReadAsync(connection.Command(OfPartitionSql, partition), cancellationToken);

    public static ValueTask<ImmutableArray<StoredSchedule>> ListAsync(
        NpgsqlConnection connection, (string? After, int Limit) page, CancellationToken cancellationToken) =>
        ReadAsync(connection.Command(ListSql, page.After ?? string.Empty, page.Limit), cancellationToken);

    private static async ValueTask<ImmutableArray<StoredSchedule>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        using (command)
        {
            ImmutableArray<StoredSchedule>.Builder schedules = ImmutableArray.CreateBuilder<StoredSchedule>();
            using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                schedules.Add(new StoredSchedule(
                    row.GetString(0), row.GetString(1), Time(row, 2)!.Value, Time(row, 3), Time(row, 4),
                    row.IsDBNull(5) ? null : TaskRow.Id(row.GetGuid(5))));
            }

            return schedules.ToImmutable();
        }
    }

    private static NpgsqlParameter Time(DateTimeOffset? time) =>
        new() { NpgsqlDbType = NpgsqlDbType.TimestampTz, Value = time is { } value ? value.UtcDateTime : DBNull.Value };

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : new DateTimeOffset(row.GetDateTime(column), TimeSpan.Zero);
}
