namespace Gristmill.Tasks;

/// <summary>Lengths of time in the unit of <see cref="TimeProvider.GetTimestamp"/>.</summary>
internal static class Timestamps
{
    /// <summary>At most <see cref="long.MaxValue"/>: the conversion saturates.</summary>
    public static long TicksOf(this TimeProvider provider, TimeSpan time) => (long)(time.TotalSeconds * provider.TimestampFrequency);

    /// <summary>The timestamp so many ticks after another; the end of time when there is none so late.</summary>
    public static long Later(long timestamp, long ticks) => timestamp > long.MaxValue - ticks ? long.MaxValue : timestamp + ticks;
}
