using System.Globalization;

namespace Gristmill.Benchmarks;

/// <summary>A limit on a ratio or a value.</summary>
public readonly record struct Bar(double Limit, bool AtLeast)
{
    public static Bar AtMost(double limit) => new(limit, AtLeast: false);

    public static Bar NotBelow(double limit) => new(limit, AtLeast: true);

    /// <summary>A bar of 1.0 is held by a median of 1.05 too, or when the rounds lie on both sides of 1.0.</summary>
    public bool IsHeld(double median, double min, double max)
    {
        if (AtLeast)
            return median >= Limit;
        return median <= Limit || (Limit == 1.0 && (median <= 1.05 || (min <= 1.0 && max >= 1.0)));
    }

    public override string ToString() => (AtLeast ? "≥ " : "≤ ") + Limit.ToString("0.##", CultureInfo.InvariantCulture) + "x";
}
