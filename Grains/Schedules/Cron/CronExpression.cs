namespace Gristmill.Grains.Schedules;

/// <summary>
/// A cron expression of five fields (minute, hour, day of month, month, day of week) or six (with seconds first). When both days are given, either is
/// enough, as in Unix; a day that begins with <c>*</c> is not given. Immutable.
/// </summary>
internal sealed class CronExpression
{
    // The calendar repeats itself after 400 years: what has not come by then never does.
    private const int CalendarYears = 400;

    private static readonly Dictionary<string, string> s_names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["@yearly"] = "0 0 1 1 *",
        ["@annually"] = "0 0 1 1 *",
        ["@monthly"] = "0 0 1 * *",
        ["@weekly"] = "0 0 * * 0",
        ["@daily"] = "0 0 * * *",
        ["@midnight"] = "0 0 * * *",
        ["@hourly"] = "0 * * * *",
    };

    private readonly CronField _second, _minute, _hour, _day, _month, _weekday;

    private CronExpression(string[] fields)
    {
        _second = CronField.Parse(fields[0], CronUnit.Second);
        _minute = CronField.Parse(fields[1], CronUnit.Minute);
        _hour = CronField.Parse(fields[2], CronUnit.Hour);
        _day = CronField.Parse(fields[3], CronUnit.Day);
        _month = CronField.Parse(fields[4], CronUnit.Month);
        _weekday = CronField.Parse(fields[5], CronUnit.Weekday);
    }

    /// <summary>True when a clock that is put back makes it hold twice: it counts intervals rather than naming times of day.</summary>
    public bool HoldsTwice => _hour.IsAll || _minute.IsInterval || _second.IsInterval;

    /// <summary>True when a time that a clock put forward leaves out is made up for at once.</summary>
    public bool MakesUp => !_hour.IsAll;

    /// <exception cref="FormatException">The text is no such expression, or never holds; the message says what is wrong, without its subject.</exception>
    public static CronExpression Parse(string text)
    {
        string[] fields = (s_names.GetValueOrDefault(text.Trim()) ?? text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (5 or 6))
            throw new FormatException($"has {fields.Length} fields, not five (minute, hour, day of month, month, day of week) or six (with seconds first)");
        var expression = new CronExpression(fields.Length == 6 ? fields : ["0", .. fields]);
        return expression.NextWall(new DateTime(2000, 1, 1)) is null ? throw new FormatException("names a date that does not exist") : expression;
    }

    /// <summary>The first time of a wall clock, from <paramref name="from"/> on, at which the expression holds; null when none is left.</summary>
    public DateTime? NextWall(DateTime from)
    {
        DateTime last = from.Year > DateTime.MaxValue.Year - CalendarYears ? DateTime.MaxValue : from.AddYears(CalendarYears);
        // Up to the next whole second.
        DateTime start = new((from.Ticks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond);
        for (DateTime day = start.Date; day < last; day = day.AddDays(1))
        {
            if (!_month.Holds(day.Month))
            {
                // The loop adds the day that leads to the next month.
                day = day.AddDays(DateTime.DaysInMonth(day.Year, day.Month) - day.Day);
                continue;
            }

            if (HoldsOn(day) && NextTime(day == start.Date ? start.TimeOfDay : TimeSpan.Zero) is { } time)
                return day + time;
        }

        return null;
    }

    private bool HoldsOn(DateTime day)
    {
        bool holdsDay = _day.Holds(day.Day), holdsWeekday = _weekday.Holds((int)day.DayOfWeek);
        return _day.IsStar || _weekday.IsStar ? holdsDay && holdsWeekday : holdsDay || holdsWeekday;
    }

    private TimeSpan? NextTime(TimeSpan from)
    {
        for (int hour = _hour.Next(from.Hours); hour < 24; hour = _hour.Next(hour + 1))
        {
            bool isFirstHour = hour == from.Hours;
            for (int minute = _minute.Next(isFirstHour ? from.Minutes : 0); minute < 60; minute = _minute.Next(minute + 1))
            {
                int second = _second.Next(isFirstHour && minute == from.Minutes ? from.Seconds : 0);
                if (second < 60)
                    return new TimeSpan(hour, minute, second);
            }
        }

        return null;
    }
}
