namespace Gristmill;

/// <summary>Sizes and times as they are spoken: <c>1.MiB()</c>, <c>30.Seconds()</c>.</summary>
public static class Units
{
    /// <summary>Bytes in so many binary kilobytes.</summary>
    public static long KiB(this int count) => count * 1024L;

    public static long MiB(this int count) => count * 1024L * 1024;

    public static long GiB(this int count) => count * 1024L * 1024 * 1024;

    public static TimeSpan Milliseconds(this int count) => TimeSpan.FromMilliseconds(count);

    public static TimeSpan Seconds(this int count) => TimeSpan.FromSeconds(count);

    public static TimeSpan Minutes(this int count) => TimeSpan.FromMinutes(count);

    public static TimeSpan Hours(this int count) => TimeSpan.FromHours(count);
}
