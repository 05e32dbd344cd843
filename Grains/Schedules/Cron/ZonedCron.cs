namespace Gristmill.Grains.Schedules;

/// <summary>
/// The moments at which a cron expression holds in a time zone. Where the zone's clock is put forward, the times of day that are left out hold
/// once, when the clock jumps; where it is put back, a time of day holds the first time only. Expressions that count intervals just go on: they
/// hold whenever the clock shows one of their times. Immutable.
/// </summary>
internal sealed class ZonedCron(CronExpression expression, TimeZoneInfo zone)
{
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    // No zone has moved its clock by more than a day.
    private static readonly TimeSpan s_nearby = TimeSpan.FromDays(2);

    /// <summary>The first moment behind <paramref name="after"/>; null when none is left.</summary>
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        DateTime at = PastRepeat(new DateTime(after.UtcTicks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, DateTimeKind.Utc).AddSeconds(1));
        while (true)
        {
            TimeSpan offset = OffsetAt(at);
            if (expression.NextWall(Wall(at, offset)) is not { } wall)
                return null;
            DateTime candidate = Moment(wall, offset);
            DateTime near = candidate - at < s_nearby ? candidate : at + s_nearby;
            if (NextChange(at, near) is not { } change)
            {
                if (near == candidate)
                    return new DateTimeOffset(candidate);
                // Changes on the way do not matter: no time of the expression is near them.
                at = candidate - s_day;
                continue;
            }

            TimeSpan later = OffsetAt(change);
            if (later > offset && expression.MakesUp && expression.NextWall(Wall(change, offset)) < Wall(change, later))
                return new DateTimeOffset(change);
            at = later < offset && !expression.HoldsTwice ? change + (offset - later) : change;
        }
    }

    /// <summary>The end of the second pass over an hour, if the moment lies in it and the expression holds in the first pass only.</summary>
    private DateTime PastRepeat(DateTime at)
    {
        if (expression.HoldsTwice || NextChange(at - s_day, at) is not { } change)
            return at;
        TimeSpan repeated = OffsetAt(change.AddTicks(-1)) - OffsetAt(change);
        return repeated > TimeSpan.Zero && at < change + repeated ? change + repeated : at;
    }

    /// <summary>The first moment in (from, to] that has another offset than the one before it.</summary>
    private DateTime? NextChange(DateTime from, DateTime to)
    {
        for (DateTime low = from; low < to;)
        {
            DateTime high = to - low < s_day ? to : low + s_day;
            if (OffsetAt(high) == OffsetAt(low))
            {
                low = high;
                continue;
            }

            TimeSpan before = OffsetAt(low);
            long same = low.Ticks, changed = high.Ticks;
            while (changed - same > 1)
            {
                long middle = same + (changed - same) / 2;
                if (OffsetAt(new DateTime(middle, DateTimeKind.Utc)) == before)
                    same = middle;
                else
                    changed = middle;
            }

            return new DateTime(changed, DateTimeKind.Utc);
        }

        return null;
    }

    private TimeSpan OffsetAt(DateTime moment) => zone.GetUtcOffset(moment);

    private static DateTime Wall(DateTime moment, TimeSpan offset) => DateTime.SpecifyKind(moment + offset, DateTimeKind.Unspecified);

    private static DateTime Moment(DateTime wall, TimeSpan offset) => DateTime.SpecifyKind(wall - offset, DateTimeKind.Utc);
}
