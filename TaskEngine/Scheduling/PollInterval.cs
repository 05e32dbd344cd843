using System.Diagnostics;

namespace Gristmill.Scheduling;

/// <summary>
/// How many items a worker runs between two looks at the injectors. Tuned to one look per 200 µs from the time that items took
/// lately, as Tokio does: cheap items must not pay for a look each, and long ones must not keep injected work waiting.
/// </summary>
internal struct PollInterval()
{
    private const int Shortest = 2;
    private const int Nominal = 61;
    private const int Longest = 127;
    private const double Weight = 0.2;

    private static readonly double s_target = Stopwatch.Frequency * 200e-6;

    private int _left = Nominal;
    private int _interval = Nominal;
    private long _started = Stopwatch.GetTimestamp();
    private double _meanTicks = Stopwatch.Frequency * 200e-6 / Nominal;

    public bool IsDue() => --_left <= 0;

    /// <summary>Begins the next interval and returns the time, which has just been read anyway.</summary>
    public long Restart()
    {
        long now = Stopwatch.GetTimestamp();
        double mean = Math.Max(1.0, (double)(now - _started) / _interval);
        _meanTicks += Weight * (mean - _meanTicks);
        _interval = (int)Math.Clamp(s_target / _meanTicks, Shortest, Longest);
        _left = _interval;
        _started = now;
        return now;
    }

    /// <summary>After idling: the time spent asleep says nothing about the items.</summary>
    public void Resume(long now)
    {
        _left = _interval;
        _started = now;
    }
}
