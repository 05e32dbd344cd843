using System.Globalization;
using System.Xml;

namespace Gristmill.Client.Json;

/// <summary>Lengths of time as the API takes them: seconds (<c>30</c>, <c>1.5</c>), <c>30s</c>, <c>5m</c>, <c>2h</c>, <c>1d</c>, <c>250ms</c>, or ISO 8601 (<c>PT30S</c>).</summary>
internal static class DurationText
{
    private static readonly (string Suffix, double Seconds)[] s_units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];

    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        if (text.StartsWith('P'))
            return TryParseIso(text, out duration);

        foreach ((string suffix, double seconds) in s_units)
        {
            // "5ms" also ends with "s": the number that is left decides.
            if (text.EndsWith(suffix, StringComparison.Ordinal) && TryNumber(text[..^suffix.Length], out double count))
                return TryFromSeconds(count * seconds, out duration);
        }

        return TryNumber(text, out double plain) && TryFromSeconds(plain, out duration);
    }

    public static bool TryFromSeconds(double seconds, out TimeSpan duration)
    {
        duration = default;
        if (!double.IsFinite(seconds) || seconds < 0 || seconds >= TimeSpan.MaxValue.TotalSeconds)
            return false;
        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out double value) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);

    private static bool TryParseIso(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        try
        {
            duration = XmlConvert.ToTimeSpan(text.ToString());
            return duration >= TimeSpan.Zero;
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            duration = default;
            return false;
        }
    }
}
