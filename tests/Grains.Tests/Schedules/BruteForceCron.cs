using System.Globalization;

namespace Gristmill.Grains.Tests.Schedules;

/// <summary>The rules of schedules, tried on every minute that a wall clock can show, with a reader of its own: for comparison, slow.</summary>
internal static class BruteForceCron
{
    public static List<DateTimeOffset> Between(string cron, TimeZoneInfo zone, DateTimeOffset after, DateTimeOffset before)
    {
        string[] fields = cron.Split(' ');
        HashSet<int>[] values = [Values(fields[0], 0, 59), Values(fields[1], 0, 23), Values(fields[2], 1, 31), Values(fields[3], 1, 12), Values(fields[4], 0, 7)];
        bool allHours = values[1].Count == 24;
        bool holdsTwice = allHours || fields[0].IndexOfAny(['*', '/', '-']) >= 0;
        SortedSet<DateTimeOffset> found = [];
        DateTime start = after.UtcDateTime.AddDays(-1.5), end = before.UtcDateTime.AddDays(1.5);
        start = start.Date.AddHours(start.Hour);
        for (DateTime wall = DateTime.SpecifyKind(start, DateTimeKind.Unspecified); wall < end; wall = wall.AddMinutes(1))
        {
            if (Holds(fields, values, wall))
                found.UnionWith(MomentsOf(wall, zone, holdsTwice, makesUp: !allHours));
        }

        return [.. found.Where(moment => moment > after && moment < before)];
    }

    /// <summary>The hours in which the zone's clock is moved.</summary>
    public static IEnumerable<DateTimeOffset> ChangesOf(TimeZoneInfo zone, int firstYear, int lastYear)
    {
        var end = new DateTimeOffset(lastYear, 1, 1, 0, 0, 0, TimeSpan.Zero);
        for (var hour = new DateTimeOffset(firstYear, 1, 1, 0, 0, 0, TimeSpan.Zero); hour < end; hour = hour.AddHours(1))
        {
            if (zone.GetUtcOffset(hour) != zone.GetUtcOffset(hour.AddHours(1)))
                yield return hour;
        }
    }

    private static DateTimeOffset[] MomentsOf(DateTime wall, TimeZoneInfo zone, bool holdsTwice, bool makesUp)
    {
        // Every offset that the zone has within two days is tried: the wall clock shows the time where one of them is in force.
        var guess = new DateTimeOffset(wall, TimeSpan.Zero);
        TimeSpan[] offsets = [.. Enumerable.Range(-48, 97).Select(hours => zone.GetUtcOffset(guess.AddHours(hours))).Distinct()];
        DateTimeOffset[] moments = [.. offsets.Select(offset => guess - offset).Where(moment => zone.GetUtcOffset(moment) == guess - moment).Order()];
        if (moments.Length > 0)
            return holdsTwice ? moments : moments[..1];
        if (!makesUp)
            return [];

        // Left out: the first minute whose wall clock shows a later time.
        DateTimeOffset minute = guess.AddDays(-1.5);
        while (minute.UtcDateTime + zone.GetUtcOffset(minute) < wall)
            minute = minute.AddMinutes(1);
        return [minute];
    }

    private static bool Holds(string[] fields, HashSet<int>[] values, DateTime wall)
    {
        if (!values[0].Contains(wall.Minute) || !values[1].Contains(wall.Hour) || !values[3].Contains(wall.Month))
            return false;
        bool day = values[2].Contains(wall.Day);
        bool weekday = values[4].Contains((int)wall.DayOfWeek) || (wall.DayOfWeek == DayOfWeek.Sunday && values[4].Contains(7));
        return fields[2][0] == '*' || fields[4][0] == '*' ? day && weekday : day || weekday;
    }

    private static HashSet<int> Values(string field, int min, int max)
    {
        HashSet<int> values = [];
        foreach (string part in field.Split(','))
        {
            string[] stepped = part.Split('/');
            int step = stepped.Length == 2 ? Number(stepped[1]) : 1;
            int[] ends = stepped[0] == "*" ? [min, max == 7 ? 6 : max] : [.. stepped[0].Split('-').Select(Number)];
            (int from, int to) = (ends[0], ends[^1]);
            int span = max == 7 ? 7 : max - min + 1;
            for (int value = from; value <= (to >= from ? to : to + span); value += step)
                values.Add(value > max ? value - span : value);
        }

        return values;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
