using System.Globalization;

namespace Gristmill;

/// <summary>
/// Reads durations as people write them: seconds (<c>30</c>, <c>0.5</c>), numbers with units (<c>500ms</c>, <c>30s</c>, <c>1h30m</c>,
/// <c>2d</c>; larger units first), or ISO 8601 (<c>PT30S</c>, <c>P1DT12H</c>). Never negative. The generator compiles this file too,
/// so that attributes and requests are read by one grammar.
/// </summary>
public static class Duration
{
    /// <summary>True when the text is a duration that fits <see cref="TimeSpan"/>. Months and years have no fixed length and are refused.</summary>
    public static bool TryParse(string? text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        if (text is null || text.Length is 0 or > 64)
            return false;
        if (text[0] == 'P')
            return TryParseIso(text, out value);
        return TryParseNumber(text, 0, text.Length, out decimal seconds)
            ? TryMakeTicks(seconds, TimeSpan.TicksPerSecond, 0, out value)
            : TryParseUnits(text, out value);
    }

    private static bool TryParseUnits(string text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        long smallestSoFar = long.MaxValue;
        int position = 0;
        while (position < text.Length)
        {
            int unitStart = Skip(text, position, static c => c is (>= '0' and <= '9') or '.');
            int next = Skip(text, unitStart, static c => c is >= 'a' and <= 'z');
            long unit = text.Substring(unitStart, next - unitStart) switch
            {
                "d" => TimeSpan.TicksPerDay,
                "h" => TimeSpan.TicksPerHour,
                "m" => TimeSpan.TicksPerMinute,
                "s" => TimeSpan.TicksPerSecond,
                "ms" => TimeSpan.TicksPerMillisecond,
                _ => 0,
            };
            if (unit == 0 || unit >= smallestSoFar
                || !TryParseNumber(text, position, unitStart, out decimal number)
                || !TryMakeTicks(number, unit, value.Ticks, out value))
                return false;
            smallestSoFar = unit;
            position = next;
        }

        return true;
    }

    private static bool TryParseIso(string text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        long smallestSoFar = long.MaxValue;
        bool inTime = false;
        bool partSeen = false;
        int position = 1;
        while (position < text.Length)
        {
            if (text[position] == 'T' && !inTime)
            {
                inTime = true;
                partSeen = false;
                position++;
                continue;
            }

            int unitAt = Skip(text, position, static c => c is (>= '0' and <= '9') or '.');
            if (unitAt == text.Length)
                return false;
            long unit = (text[unitAt], inTime) switch
            {
                ('W', false) => 7 * TimeSpan.TicksPerDay,
                ('D', false) => TimeSpan.TicksPerDay,
                ('H', true) => TimeSpan.TicksPerHour,
                ('M', true) => TimeSpan.TicksPerMinute,
                ('S', true) => TimeSpan.TicksPerSecond,
                _ => 0,
            };
            if (unit == 0 || unit >= smallestSoFar
                || !TryParseNumber(text, position, unitAt, out decimal number)
                || !TryMakeTicks(number, unit, value.Ticks, out value))
                return false;
            smallestSoFar = unit;
            partSeen = true;
            position = unitAt + 1;
        }

        return partSeen;
    }

    private static int Skip(string text, int start, Func<char, bool> accept)
    {
        while (start < text.Length && accept(text[start]))
            start++;
        return start;
    }

    private static bool TryParseNumber(string text, int start, int end, out decimal number)
    {
        number = 0;
#pragma warning disable CA1846 // The generator compiles this file for a target whose decimal does not parse spans.
        return end > start && text[start] != '.' && text[end - 1] != '.'
            && decimal.TryParse(
                text.Substring(start, end - start), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
#pragma warning restore CA1846
    }

    private static bool TryMakeTicks(decimal number, long unit, long already, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        // Compared before the multiplication, which itself could overflow a decimal.
        if (number > (decimal)long.MaxValue / unit)
            return false;
        decimal ticks = decimal.Truncate(number * unit) + already;
        if (ticks > long.MaxValue)
            return false;
        value = new TimeSpan((long)ticks);
        return true;
    }
}
