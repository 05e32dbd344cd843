namespace Gristmill.Tasks;

/// <summary>Lengths of time in the unit of <see cref="TimeProvider.GetTimestamp"/>.</summary>
internal static class Timestamps
{
    public static long TicksOf(this TimeProvider provider, TimeSpan time) => (long)(time.TotalSeconds * provider.TimestampFrequency);
}
