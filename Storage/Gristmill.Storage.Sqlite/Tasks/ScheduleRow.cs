using System.Collections.Immutable;

namespace Gristmill.Storage.Sqlite;

/// <summary>How a <see cref="StoredSchedule"/> lies in a row of <c>schedule</c>.</summary>
internal static class ScheduleRow
{
    private const string Columns = "SELECT id, definition, created_at, next_at, last_at, last_task FROM schedule ";
    private const string OfPartitionSql = Columns + "WHERE part = ?1";
    private const string ListSql = Columns + "WHERE id > ?1 ORDER BY id LIMIT ?2";
    private const string DeleteSql = "DELETE FROM schedule WHERE id = ?1";

    private const string PutSql = """
        INSERT INTO schedule (id, part, definition, created_at, next_at, last_at, last_task) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (id) DO UPDATE SET definition = excluded.definition, next_at = excluded.next_at, last_at = excluded.last_at,
            last_task = excluded.last_task
        """;

    public static void Write(Connection connection, int partition, ScheduleChange change)
    {
        if (change is not SchedulePut { Schedule: var schedule })
        {
            connection.Prepare(DeleteSql).Bind(1, change.Id).Execute();
            return;
        }

        Statement put = connection.Prepare(PutSql).Bind(1, schedule.Id).Bind(2, partition).Bind(3, schedule.Definition)
            .Bind(4, schedule.CreatedAt).Bind(5, schedule.NextAt).Bind(6, schedule.LastAt);
        _ = schedule.LastTask is { } task ? put.Bind(7, task) : put.BindNull(7);
        put.Execute();
    }

    public static ImmutableArray<StoredSchedule> ReadOfPartition(Connection connection, int partition)
    {
        using Statement row = connection.Prepare(OfPartitionSql).Bind(1, partition);
        return Read(row);
    }

    public static ImmutableArray<StoredSchedule> List(Connection connection, (string? After, int Limit) page)
    {
        using Statement row = connection.Prepare(ListSql).Bind(1, page.After ?? string.Empty).Bind(2, page.Limit);
        return Read(row);
    }

    private static ImmutableArray<StoredSchedule> Read(Statement row)
    {
        ImmutableArray<StoredSchedule>.Builder schedules = ImmutableArray.CreateBuilder<StoredSchedule>();
        while (row.Step())
        {
            schedules.Add(new StoredSchedule(
                row.Text(0), row.Text(1), row.Time(2), row.TimeOrNull(3), row.TimeOrNull(4), row.IsNull(5) ? null : row.TaskId(5)));
        }

        return schedules.ToImmutable();
    }
}
