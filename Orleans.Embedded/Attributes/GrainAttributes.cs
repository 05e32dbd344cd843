using System.Globalization;

namespace Orleans;

/// <summary>The grain is never collected for being idle.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class KeepAliveAttribute : Attribute;

/// <summary>How long the grain may be idle before it is deactivated, in place of the silo's default.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class CollectionAgeLimitAttribute : Attribute
{
    /// <summary>The least that days, hours and minutes add up to.</summary>
    public static readonly TimeSpan MinAgeLimit = TimeSpan.FromMinutes(1);

    private readonly TimeSpan _period;

    public CollectionAgeLimitAttribute()
    {
    }

    public CollectionAgeLimitAttribute(string inactivityPeriod) =>
        _period = TimeSpan.Parse(inactivityPeriod, CultureInfo.InvariantCulture);

    public double Days { get; set; }

    public double Hours { get; set; }

    public double Minutes { get; set; }

    public bool AlwaysActive { get; set; }

    public TimeSpan AgeLimit =>
        AlwaysActive ? Timeout.InfiniteTimeSpan
        : _period > TimeSpan.Zero ? _period
        : TimeSpan.FromTicks(Math.Max(
            MinAgeLimit.Ticks, (TimeSpan.FromDays(Days) + TimeSpan.FromHours(Hours) + TimeSpan.FromMinutes(Minutes)).Ticks));
}

/// <summary>The grain's type name, in place of the one that follows from the class name.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public sealed class GrainTypeAttribute(string grainType) : Attribute
{
    internal string Name { get; } = grainType;
}

/// <summary>How long a caller waits for the answer of this method, in place of the silo's default.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ResponseTimeoutAttribute(string timeout) : Attribute
{
    public TimeSpan? Timeout { get; init; } = TimeSpan.Parse(timeout, CultureInfo.InvariantCulture);
}
