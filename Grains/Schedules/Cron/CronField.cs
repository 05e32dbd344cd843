using System.Globalization;

namespace Gristmill.Grains.Schedules;

/// <summary>One field of a cron expression: the values at which it holds, as bits.</summary>
/// <param name="Bits">Bit n is set when the field holds at n.</param>
/// <param name="IsStar">True when it begins with <c>*</c> or <c>?</c>: it names no value of its own.</param>
/// <param name="IsAll">True when it holds always.</param>
/// <param name="IsInterval">True when it names its values by <c>*</c>, a range or a step, rather than one by one.</param>
internal readonly record struct CronField(ulong Bits, bool IsStar, bool IsAll, bool IsInterval)
{
    public bool Holds(int value) => (Bits & (1UL << value)) != 0;

    /// <summary>The first value from <paramref name="value"/> on, or 64 when there is none.</summary>
    public int Next(int value) => value > 63 ? 64 : System.Numerics.BitOperations.TrailingZeroCount(Bits & (ulong.MaxValue << value));

    /// <exception cref="FormatException">The text is no such field; the message says what is wrong with it.</exception>
    public static CronField Parse(string text, CronUnit unit)
    {
        ulong bits = 0;
        foreach (string part in text.Split(','))
            bits |= ParsePart(part, unit);
        // Sunday is 0 and 7.
        if (unit.Max == 7)
            bits = (bits | (bits >> 7)) & 0x7F;
        ulong all = unit.Max == 7 ? 0x7F : (ulong.MaxValue << unit.Min) & (ulong.MaxValue >> (63 - unit.Max));
        return new CronField(bits, text[0] is '*' or '?', bits == all, text.AsSpan().IndexOfAny("*/-") >= 0);
    }

    private static ulong ParsePart(string part, CronUnit unit)
    {
        string[] stepped = part.Split('/');
        int step = 1;
        if (stepped.Length > 2 || (stepped.Length == 2 && (!TryNumber(stepped[1], out step) || step < 1 || step > unit.Max)))
            throw unit.Wrong(part);

        (int from, int to) = (unit.Min, unit.Max == 7 ? 6 : unit.Max);
        if (stepped[0] is not ("*" or "?"))
        {
            string[] ends = stepped[0].Split('-');
            if (ends.Length > 2)
                throw unit.Wrong(part);
            from = unit.ValueOf(ends[0], part);
            // 5/15 goes on from 5; 5 alone is 5.
            to = ends.Length == 2 ? unit.ValueOf(ends[1], part) : stepped.Length == 2 ? to : from;
        }

        int span = unit.Max == 7 ? 7 : unit.Max - unit.Min + 1;
        // A range may run over the end: FRI-MON, 22-2.
        int last = to >= from ? to : to + span;
        ulong bits = 0;
        for (int value = from; value <= last; value += step)
            bits |= 1UL << (value <= unit.Max ? value : value - span);
        return bits;
    }

    internal static bool TryNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

/// <summary>What a field of a cron expression counts.</summary>
internal sealed class CronUnit(string name, int min, int max, params string[] names)
{
    public static CronUnit Second { get; } = new("second", 0, 59);

    public static CronUnit Minute { get; } = new("minute", 0, 59);

    public static CronUnit Hour { get; } = new("hour", 0, 23);

    public static CronUnit Day { get; } = new("day of month", 1, 31);

    public static CronUnit Month { get; } =
        new("month", 1, 12, "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC");

    public static CronUnit Weekday { get; } = new("day of week", 0, 7, "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");

    public int Min { get; } = min;

    public int Max { get; } = max;

    public int ValueOf(string text, string part)
    {
        int named = Array.FindIndex(names, candidate => candidate.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (named >= 0)
            return named + Min;
        return CronField.TryNumber(text, out int number) && number >= Min && number <= Max ? number : throw Wrong(part);
    }

    public FormatException Wrong(string part) => new($"'{part}' is no {name}: it takes {Min} to {Max}{(names.Length == 0 ? "" : " or names")}, *, lists, ranges and steps");
}
