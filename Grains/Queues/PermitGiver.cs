using System.Collections.Immutable;

namespace Gristmill.Grains.Queues;

/// <summary>
/// Divides a queue's permits among partitions: never more than the limits allow, to who has waited longest first. What it has not seen, such as
/// the time before it was made, it takes to have used the whole rate. Used within the grain's turns.
/// </summary>
internal sealed class PermitGiver(Guid id, TimeProvider time)
{
    // Below this, windows in which nothing counts any more are not looked for.
    private const int MinCleanUp = 1_024;

    private readonly Dictionary<int, PermitClaim> _claims = [];
    private readonly Dictionary<string, RateWindow> _keyWindows = new(StringComparer.Ordinal);
    private readonly long _start = time.GetTimestamp();
    private RateWindow _window = new();
    private int _cleanUpAt = MinCleanUp;
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

        if (Limits != settings.Limits)
        {
            foreach (PermitClaim claim in _claims.Values)
                claim.ForgetGift();
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
            return Task.FromResult(new PermitReply(id, IsCurrent: false, default, [], ValidFor: null, default));

        // What another activation gave is not counted here.
        if (request.Giver == id && !claim.HasBegun(request.Epoch, request.Lapsed.SaidBy))
            TakeBack(request.Lapsed.Count, request.Lapsed.ByKey, request.Lapsed.GivenAt);
        if (claim.Untaken(request) is { } gift)
            TakeBack(gift.Given.Start, [.. gift.GivenByKey.Select(key => new KeyCount(key.Key, key.Permits.Start))], gift.GivenAt);
        Task<PermitReply> answer = claim.Begin(request, id, Now);
        if (request.Wanted.IsNone && request.WantedByKey.IsEmpty)
            claim.Answer(Nothing());
        Divide();
        EndIfHurried(claim);
        return answer;
    }

    /// <summary>A partition wants the answer to a call at once.</summary>
    public void Hurry(int partition, long epoch, long number)
    {
        PermitClaim claim = ClaimOf(partition);
        claim.Hurry(epoch, number);
        EndIfHurried(claim);
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

        // Looked at before the windows count anything: no permit is good for longer than they take it to be.
        TimeSpan now = Now;
        Dictionary<string, int> heldByKey = HeldByKey();
        int held = _claims.Values.Sum(claim => claim.Run);
        for (int i = 0; i < waiting.Length; i++)
        {
            PermitClaim claim = waiting[i];
            PermitRequest request = claim.Waits!;
            int sharers = waiting.Length - i;
            Permits given = TakeOwn(request.Wanted, held, sharers);
            held += given.Run;
            ImmutableArray<KeyPermits>.Builder givenByKey = ImmutableArray.CreateBuilder<KeyPermits>();
            foreach (KeyPermits wanted in request.WantedByKey)
            {
                (Permits own, Permits ofKey) = TakeForKey(wanted, held, heldByKey, sharers);
                held += own.Run;
                given = new Permits(given.Run + own.Run, given.Start + own.Start);
                if (!ofKey.IsNone)
                    givenByKey.Add(new KeyPermits(wanted.Key, ofKey));
            }

            if (given.IsNone && givenByKey.Count == 0)
                continue;
            claim.LastGiven = ++_given;
            claim.Answer(new PermitReply(id, IsCurrent: true, given, givenByKey.ToImmutable(), now - claim.WaitsSince + Validity(), now));
        }
    }

    private void EndIfHurried(PermitClaim claim)
    {
        if (claim.IsHurried)
            claim.Answer(Nothing());
    }

    private void TakeBack(int starts, ImmutableArray<KeyCount> startsByKey, TimeSpan givenAt)
    {
        if (StillCounts(Limits.Rate, givenAt))
            _window.Return(starts);
        if (!StillCounts(Limits.RatePerKey, givenAt))
            return;
        foreach (KeyCount key in startsByKey)
        {
            if (_keyWindows.TryGetValue(key.Key, out RateWindow? window))
                window.Return(key.Count);
        }
    }

    /// <summary>True while permits that were given then are in their window: taken back later, they would make room for others.</summary>
    private bool StillCounts(RateLimit? rate, TimeSpan givenAt) => rate is not null && Now - givenAt < rate.Period;

    private Permits TakeOwn(Permits wanted, int held, int sharers)
    {
        int room = Room(wanted.Run > 0 ? Limits.MaxConcurrency : null, held, wanted.Start > 0 ? Limits.Rate : null, _window, _blindUntil);
        return Take(wanted, Share(Math.Max(wanted.Run, wanted.Start), room, sharers), Limits.Rate, _window);
    }

    /// <summary>A key's permits come together with the queue's own: one kind alone would lapse while it waits for the other.</summary>
    private (Permits Own, Permits OfKey) TakeForKey(KeyPermits wanted, int held, Dictionary<string, int> heldByKey, int sharers)
    {
        int heldOfKey = heldByKey.GetValueOrDefault(wanted.Key);
        RateLimit? rate = wanted.Permits.Start > 0 ? Limits.RatePerKey : null;
        RateWindow window = rate is null ? _window : WindowOf(wanted.Key);
        int ofKey = Room(wanted.Permits.Run > 0 ? Limits.MaxConcurrencyPerKey : null, heldOfKey, rate, window, _blindForKeysUntil);
        int own = Room(Limits.MaxConcurrency, held, Limits.Rate, _window, _blindUntil);
        int tasks = Math.Min(ofKey, Share(Math.Max(wanted.Permits.Run, wanted.Permits.Start), own, sharers));
        Permits given = Take(wanted.Permits, tasks, rate, window);
        heldByKey[wanted.Key] = heldOfKey + given.Run;
        return (Take(new Permits(Limits.MaxConcurrency is null ? 0 : tasks, Limits.Rate is null ? 0 : tasks), tasks, Limits.Rate, _window), given);
    }

    /// <summary>How many tasks may be started by these limits.</summary>
    private int Room(int? maxConcurrency, int held, RateLimit? rate, RateWindow window, TimeSpan blindUntil)
    {
        int room = maxConcurrency is { } max ? Math.Max(0, max - held) : int.MaxValue;
        if (rate is null)
            return room;
        TimeSpan now = Now;
        if (now < blindUntil)
        {
            ChangesAt(blindUntil);
            return 0;
        }

        int starts = window.Available(rate, now);
        if (starts == 0 && window.FreesAt(rate) is { } freesAt)
            ChangesAt(freesAt);
        return Math.Min(room, starts);
    }

    private Permits Take(Permits wanted, int tasks, RateLimit? rate, RateWindow window)
    {
        var given = new Permits(Math.Min(tasks, wanted.Run), Math.Min(tasks, wanted.Start));
        if (given.Start > 0)
            window.Use(rate!, Now, given.Start);
        return given;
    }

    private static int Share(int wanted, int free, int sharers) => Math.Min(wanted, (int)(((long)free + sharers - 1) / sharers));

    private void ChangesAt(TimeSpan at) => NextChange = NextChange is { } known && known < at ? known : at;

    /// <summary>How long to wait from now until <see cref="NextChange"/>.</summary>
    public TimeSpan UntilNextChange() => NextChange is { } at ? TimeSpan.FromTicks(Math.Max(0, (at - Now).Ticks)) : Timeout.InfiniteTimeSpan;

    private RateWindow WindowOf(string key)
    {
        if (!_keyWindows.TryGetValue(key, out RateWindow? window))
        {
            if (_keyWindows.Count >= _cleanUpAt)
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

        // Each look is paid for by as many new windows as it looked at.
        _cleanUpAt = Math.Max(MinCleanUp, 2 * _keyWindows.Count);
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

    /// <summary>How long after they are given permits to start may be used; null when starts are not limited.</summary>
    private TimeSpan? Validity()
    {
        TimeSpan? own = Limits.Rate is { } rate ? RateWindow.ValidityOf(rate) : null;
        TimeSpan? ofKeys = Limits.RatePerKey is { } ratePerKey ? RateWindow.ValidityOf(ratePerKey) : null;
        return own < ofKeys || ofKeys is null ? own : ofKeys;
    }

    private PermitReply Nothing() => new(id, IsCurrent: true, default, [], ValidFor: null, default);

    private PermitClaim ClaimOf(int partition)
    {
        if (!_claims.TryGetValue(partition, out PermitClaim? claim))
            _claims[partition] = claim = new PermitClaim();
        return claim;
    }
}
