namespace Gristmill.Grains.Queues;

/// <summary>
/// Counts permits to start so that within any span of one period no more tasks start than the limit, although a permit may be used some time after
/// it was given. Times are those of a monotonic clock. Used within its owner's turns.
/// </summary>
internal sealed class RateWindow
{
    private const int Bins = 64;

    // Permits given close together count as one bin, from its last moment.
    private readonly LinkedList<(TimeSpan At, int Count)> _bins = [];
    private TimeSpan _binBegan;
    private int _used;

    public bool IsEmpty => _bins.Count == 0;

    /// <summary>How long after it was given a permit may be used: the shorter, the less of the limit is lost; longer than any call takes.</summary>
    public static TimeSpan ValidityOf(RateLimit rate) =>
        TimeSpan.FromTicks(Math.Clamp(rate.Period.Ticks / 20, TimeSpan.TicksPerMillisecond * 50, TimeSpan.TicksPerSecond));

    /// <summary>Permits that may be given now.</summary>
    public int Available(RateLimit rate, TimeSpan now)
    {
        while (_bins.First is { } oldest && oldest.Value.At + rate.Period + ValidityOf(rate) <= now)
        {
            _used -= oldest.Value.Count;
            _bins.RemoveFirst();
        }

        return Math.Max(0, rate.Limit - _used);
    }

    /// <summary>When more can be given, unless some come back before; null when all can be now.</summary>
    public TimeSpan? FreesAt(RateLimit rate) => _bins.First is { } oldest ? oldest.Value.At + rate.Period + ValidityOf(rate) : null;

    public void Use(RateLimit rate, TimeSpan now, int count)
    {
        _used += count;
        if (_bins.Last is { } last && now - _binBegan < rate.Period / Bins)
        {
            last.Value = (now, last.Value.Count + count);
            return;
        }

        _binBegan = now;
        _bins.AddLast((now, count));
    }

    /// <summary>Permits were not used. The oldest ones are given free: which they were is not known, and this is safe.</summary>
    public void Return(int count)
    {
        while (count > 0 && _bins.First is { } oldest)
        {
            int back = Math.Min(count, oldest.Value.Count);
            count -= back;
            _used -= back;
            if (back == oldest.Value.Count)
                _bins.RemoveFirst();
            else
                oldest.Value = oldest.Value with { Count = oldest.Value.Count - back };
        }
    }
}
