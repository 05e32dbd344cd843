namespace Gristmill.Grains.Tests;

/// <summary>Another machine's look at the same time: its wall clock is wrong by <see cref="Ahead"/>, and its steady clock has a zero of its own.</summary>
internal sealed class SkewedTime(ManualTime time, TimeSpan zero) : TimeProvider
{
    /// <summary>How far the wall clock is ahead; a test lets it jump.</summary>
    public TimeSpan Ahead { get; set; }

    public override long TimestampFrequency => time.TimestampFrequency;

    public override long GetTimestamp() => time.GetTimestamp() + zero.Ticks;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Ahead;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, dueTime, period);
}
