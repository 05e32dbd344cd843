namespace Gristmill.Grains.Schedules;

/// <summary>The moments at which a schedule fires. Immutable.</summary>
internal sealed class ScheduleClock
{
    public static readonly TimeSpan MinEvery = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan MaxEvery = TimeSpan.FromDays(3_650);

    private readonly ZonedCron? _cron;
    private readonly TimeSpan _every;
    private readonly DateTimeOffset _start;

    /// <param name="definition">When to fire.</param>
    /// <param name="start">Where intervals begin.</param>
    /// <exception cref="InvalidTaskInputException">It never fires; the field says why.</exception>
    public ScheduleClock(ScheduleDefinition definition, DateTimeOffset start)
    {
        _start = start;
        switch (definition)
        {
            case { Cron: { } cron, Every: null }:
                _cron = new ZonedCron(Parse(cron), ZoneOf(definition.TimeZone));
                break;
            case { Cron: null, Every: { } every }:
                if (every < MinEvery || every > MaxEvery)
                    throw new InvalidTaskInputException("every", $"must be {MinEvery.TotalSeconds:0} s to {MaxEvery.TotalDays:0} days");
                if (definition.TimeZone is not null)
                    throw new InvalidTaskInputException("timeZone", "goes with cron: an interval is the same everywhere");
                // As rows keep times: between two fires must lie what lies between them after a restart.
                _every = TimeSpan.FromMilliseconds(every.Ticks / TimeSpan.TicksPerMillisecond);
                break;
            default:
                throw new InvalidTaskInputException("cron", "either cron or every must be given, and not both");
        }
    }

    /// <summary>The first moment behind <paramref name="after"/>; null when none is left.</summary>
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        if (_cron is not null)
            return _cron.Next(after);
        long passed = after < _start ? 0 : (after - _start).Ticks / _every.Ticks;
        return _start + (passed + 1) * _every;
    }

    private static CronExpression Parse(string cron)
    {
        try
        {
            return CronExpression.Parse(cron);
        }
        catch (FormatException wrong)
        {
            throw new InvalidTaskInputException("cron", wrong.Message);
        }
    }

    private static TimeZoneInfo ZoneOf(string? id) =>
        id is null ? TimeZoneInfo.Utc
        : TimeZoneInfo.TryFindSystemTimeZoneById(id, out TimeZoneInfo? zone) && zone.HasIanaId ? zone
        : throw new InvalidTaskInputException("timeZone", $"'{id}' is no time zone that is known here: it must be an IANA id such as Europe/Berlin");
}
