using System.Collections.Immutable;

namespace Gristmill.Grains.Queues;

/// <summary>
/// Divides a queue's permits among partitions: never more than the limits allow, to who has waited longest first. What it has not seen, such as
/// the time before it was made, it takes to have used the whole rate. Used within the grain's turns.
/// </summary>
internal sealed class PermitGiver(Guid id, TimeProvider time)
{
    // Beyond this, windows in which nothing counts any more are looked for before another is made.
    private const int MaxIdleWindows = 1_024;

    private readonly Dictionary<int, PermitClaim> _claims = [];
    private readonly Dictionary<string, RateWindow> _keyWindows = new(StringComparer.Ordinal);
    private readonly long _start = time.GetTimestamp();
    private RateWindow _window = new();
    private TimeSpan _blindUntil;
    private TimeSpan _blindForKeysUntil;
    private long _given;

    public QueueLimits Limits { get; private set; } = new();

    public bool IsPaused { get; private set; }

    /// <summary>When waiting partitions can be given something without anyone giving back; null when that is not to be foreseen.</summary>
    public TimeSpan? NextChange { get; private set; }

    private TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>Goes by these settings.</summary>
    /// <param name="settings">What is set.</param>
    /// <param name="isNew">False when the limits were in force before, under somebody else's eyes.</param>
    public void Follow(QueueSettings settings, bool isNew)
    {
        if (!isNew)
        {
            _blindUntil = BlindTime(settings.Limits.Rate);
            _blindForKeysUntil = BlindTime(settings.Limits.RatePerKey);
        }

        Limits = settings.Limits;
        IsPaused = settings.IsPaused;
        if (Limits.Rate is null)
            _window = new RateWindow();
        if (Limits.RatePerKey is null)
            _keyWindows.Clear();
    }

    /// <summary>What a partition holds; whatever it waits for is not current any more.</summary>
    public void Hold(int partition, PermitHolding holding)
    {
        PermitClaim claim = ClaimOf(partition);
        claim.End(id);
        claim.Hold(holding);
    }

    /// <summary>Takes in a call; the answer comes at once where nothing is wanted.</summary>
    public Task<PermitReply> Begin(PermitRequest request)
    {
        PermitClaim claim = ClaimOf(request.Partition);
        if (!claim.IsNext(request))
            return Task.FromResult(new PermitReply(id, IsCurrent: false, default, [], default));

        TakeBack(request.Lapsed);
        Task<PermitReply> answer = claim.Begin(request, id);
        if (request.Wanted.IsNone && request.WantedByKey.IsEmpty)
            claim.Answer(Nothing());
        Divide();
        return answer;
    }

    /// <summary>A partition has no more patience.</summary>
    public void GiveUp(PermitRequest request)
    {
        PermitClaim claim = ClaimOf(request.Partition);
        if (claim.Waits == request)
            claim.Answer(Nothing());
    }

    /// <summary>Gives what can be given to those that wait.</summary>
    public void Divide()
    {
        NextChange = null;
        if (IsPaused)
            return;
        PermitClaim[] waiting = [.. _claims.Values.Where(claim => claim.Waits is not null).OrderBy(claim => claim.LastGiven)];
        if (waiting.Length == 0)
            return;

        Dictionary<string, int> heldByKey = HeldByKey();
        int held = _claims.Values.Sum(claim => claim.Run);
        for (int i = 0; i < waiting.Length; i++)
        {
            PermitClaim claim = waiting[i];
            PermitRequest request = claim.Waits!;
            int sharers = waiting.Length - i;
            Permits given = Take(request.Wanted, Limits.MaxConcurrency, held, Limits.Rate, _window, _blindUntil, sharers);
            held += given.Run;
            ImmutableArray<KeyPermits> givenByKey = [.. request.WantedByKey.Select(key => TakeOfKey(key, heldByKey)).Where(key => !key.Permits.IsNone)];
            if (given.IsNone && givenByKey.IsEmpty)
                continue;
            claim.LastGiven = ++_given;
            claim.Answer(new PermitReply(id, IsCurrent: true, given, givenByKey, StartBy()));
        }
    }

    private void TakeBack(LapsedPermits lapsed)
    {
        if (StillCounts(Limits.Rate, lapsed.At))
            _window.Return(lapsed.Count);
        if (!StillCounts(Limits.RatePerKey, lapsed.At))
            return;
        foreach (KeyCount key in lapsed.ByKey)
        {
            if (_keyWindows.TryGetValue(key.Key, out RateWindow? window))
                window.Return(key.Count);
        }
    }

    /// <summary>True while permits that lapsed then are in their window: taken back later, they would make room for others.</summary>
    private bool StillCounts(RateLimit? rate, DateTimeOffset lapsedAt) =>
        rate is not null && lapsedAt != DateTimeOffset.MaxValue && time.GetUtcNow() - lapsedAt < rate.Period - RateWindow.ValidityOf(rate);

    private KeyPermits TakeOfKey(KeyPermits wanted, Dictionary<string, int> heldByKey)
    {
        RateWindow window = Limits.RatePerKey is null ? _window : WindowOf(wanted.Key);
        int held = heldByKey.GetValueOrDefault(wanted.Key);
        Permits given = Take(wanted.Permits, Limits.MaxConcurrencyPerKey, held, Limits.RatePerKey, window, _blindForKeysUntil, sharers: 1);
        heldByKey[wanted.Key] = held + given.Run;
        return new KeyPermits(wanted.Key, given);
    }

    private Permits Take(Permits wanted, int? maxConcurrency, int held, RateLimit? rate, RateWindow window, TimeSpan blindUntil, int sharers)
    {
        int run = maxConcurrency is { } max ? Share(wanted.Run, max - held, sharers) : 0;
        if (rate is null || wanted.Start == 0)
            return new Permits(run, 0);
        TimeSpan now = Now;
        if (now < blindUntil)
        {
            ChangesAt(blindUntil);
            return new Permits(run, 0);
        }

        int start = Share(wanted.Start, window.Available(rate, now), sharers);
        if (start > 0)
            window.Use(rate, now, start);
        if (start < wanted.Start && window.FreesAt(rate) is { } freesAt)
            ChangesAt(freesAt);
        return new Permits(run, start);
    }

    private static int Share(int wanted, int free, int sharers) => free <= 0 ? 0 : Math.Min(wanted, (free + sharers - 1) / sharers);

    private void ChangesAt(TimeSpan at) => NextChange = NextChange is { } known && known < at ? known : at;

    /// <summary>How long to wait from now until <see cref="NextChange"/>.</summary>
    public TimeSpan UntilNextChange() => NextChange is { } at ? TimeSpan.FromTicks(Math.Max(0, (at - Now).Ticks)) : Timeout.InfiniteTimeSpan;

    private RateWindow WindowOf(string key)
    {
        if (!_keyWindows.TryGetValue(key, out RateWindow? window))
        {
            if (_keyWindows.Count >= MaxIdleWindows)
                DropEmptyWindows();
            _keyWindows[key] = window = new RateWindow();
        }

        return window;
    }

    private void DropEmptyWindows()
    {
        TimeSpan now = Now;
        foreach ((string key, RateWindow window) in _keyWindows)
        {
            if (window.Available(Limits.RatePerKey!, now) == Limits.RatePerKey!.Limit)
                _keyWindows.Remove(key);
        }
    }

    private Dictionary<string, int> HeldByKey()
    {
        var held = new Dictionary<string, int>(StringComparer.Ordinal);
        if (!Limits.LimitsKeys)
            return held;
        foreach (PermitClaim claim in _claims.Values)
        {
            foreach ((string key, int run) in claim.RunByKey)
                held[key] = held.GetValueOrDefault(key) + run;
        }

        return held;
    }

    private TimeSpan BlindTime(RateLimit? rate) => rate is null ? TimeSpan.Zero : Now + rate.Period + RateWindow.ValidityOf(rate);

    private DateTimeOffset StartBy()
    {
        TimeSpan? own = Limits.Rate is { } rate ? RateWindow.ValidityOf(rate) : null;
        TimeSpan? ofKeys = Limits.RatePerKey is { } ratePerKey ? RateWindow.ValidityOf(ratePerKey) : null;
        TimeSpan? validity = own < ofKeys || ofKeys is null ? own : ofKeys;
        return validity is { } span ? time.GetUtcNow() + span : DateTimeOffset.MaxValue;
    }

    private PermitReply Nothing() => new(id, IsCurrent: true, default, [], DateTimeOffset.MaxValue);

    private PermitClaim ClaimOf(int partition)
    {
        if (!_claims.TryGetValue(partition, out PermitClaim? claim))
            _claims[partition] = claim = new PermitClaim();
        return claim;
    }
}
