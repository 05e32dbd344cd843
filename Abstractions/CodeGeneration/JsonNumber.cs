using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Gristmill.CodeGeneration;

/// <summary>Numbers of any type from a JSON token, refused when they do not fit.</summary>
internal static class JsonNumber
{
    public static bool TryRead<T>(in Utf8JsonReader reader, out T value)
        where T : unmanaged, INumberBase<T>
    {
        // The three common types take the reader's own faster ways; the comparison is a constant in each instantiation.
        if (typeof(T) == typeof(long))
        {
            bool ok = reader.TryGetInt64(out long number);
            value = (T)(object)number;
            return ok;
        }

        if (typeof(T) == typeof(int))
        {
            bool ok = reader.TryGetInt32(out int number);
            value = (T)(object)number;
            return ok;
        }

        if (typeof(T) == typeof(double))
        {
            bool ok = reader.TryGetDouble(out double number) && double.IsFinite(number);
            value = (T)(object)number;
            return ok;
        }

        NumberStyles style = IsInteger<T>()
            ? NumberStyles.AllowLeadingSign
            : NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return T.TryParse(reader.ValueSpan, style, CultureInfo.InvariantCulture, out value) && T.IsFinite(value);
    }

    public static string Describe<T>()
        where T : unmanaged, INumberBase<T>, IMinMaxValue<T>
    {
        if (IsInteger<T>())
            return string.Create(CultureInfo.InvariantCulture, $"a whole number from {T.MinValue} to {T.MaxValue}");
        return typeof(T) == typeof(double) ? "a finite number"
            : typeof(T) == typeof(float) ? "a number of single precision"
            : "a number of at most 28 digits";
    }

    public static bool TryGetDuration(decimal seconds, out TimeSpan value)
    {
        value = default;
        if (Math.Abs(seconds) > (decimal)TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerSecond)
            return false;
        value = new TimeSpan((long)(seconds * TimeSpan.TicksPerSecond));
        return true;
    }

    // The generator uses no other numeric types.
    private static bool IsInteger<T>() => typeof(T) != typeof(double) && typeof(T) != typeof(float) && typeof(T) != typeof(decimal);
}
