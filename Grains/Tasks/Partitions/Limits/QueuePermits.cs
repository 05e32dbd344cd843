using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Gristmill.Grains.Queues;

namespace Gristmill.Grains.Tasks;

/// <summary>
/// What a partition may start of one queue for which something is set: the permits that it holds, and the tasks that count against them. Made when
/// the first setting is heard of, kept as long as the partition. Used within the partition's turns.
/// </summary>
internal sealed class QueuePermits(QueueSettings settings, TimeProvider time)
{
    // Enough to keep executors busy between two calls; more would keep permits from other partitions.
    private const int MaxWanted = 1_024;
    public const int MaxWantedKeys = 256;

    /// <summary>How long a permit is used again by the next task here before it goes round the other partitions.</summary>
    private static readonly TimeSpan s_turn = TimeSpan.FromSeconds(1);

    // Of a key that has no permits and no tasks running; nothing is ever put into it.
    private static readonly PermitPool s_none = new();

    private readonly PermitPool _own = new();
    private readonly Dictionary<string, PermitPool> _keys = new(StringComparer.Ordinal);

    // When the first of the permits to start was given, and of those that lapsed and were not reported, by the clock of who gave
    // them; the end of time when there are none.
    private TimeSpan _givenAt = TimeSpan.MaxValue;
    private TimeSpan _lapsedGivenAt = TimeSpan.MaxValue;

    // Lapsed permits that were reported, while it is not known whether anybody heard of it.
    private LapsedPermits? _said;

    // Null when no permits came since the limits were set.
    private long? _turnBegan;
    private uint _nextKey;

    private bool TurnIsOver => _turnBegan is not { } began || time.GetElapsedTime(began) >= s_turn;

    public string Queue => Settings.Name;

    public QueueSettings Settings { get; private set; } = settings;

    public QueueLimits Limits => Settings.Limits;

    /// <summary>When permits to start lapse, by this process' steady clock from its zero; the end of time when there are none.</summary>
    public TimeSpan StartBy { get; private set; } = TimeSpan.MaxValue;

    /// <summary>How often permits to start were over: one that was used before that cannot be returned.</summary>
    public int Lapses { get; private set; }

    /// <summary>False while the queue itself may not start anything.</summary>
    public bool IsOpen => !Settings.IsPaused && _own.IsOpen(Limits.MaxConcurrency is not null, Limits.Rate is not null);

    /// <summary>Tasks of the queue that run here.</summary>
    public int Running => _own.Running;

    /// <summary>True when permits to start have lapsed that the queue's grain does not know of.</summary>
    public bool HasLapsed => _said is not null || _own.Lapsed > 0 || _keys.Values.Any(pool => pool.Lapsed > 0);

    /// <summary>False while the key's own limit keeps its tasks from starting.</summary>
    public bool IsOpenFor(string key) =>
        !Limits.LimitsKeys
        || (_keys.TryGetValue(key, out PermitPool? pool) && pool.IsOpen(Limits.MaxConcurrencyPerKey is not null, Limits.RatePerKey is not null));

    /// <summary>Why a task does not start, as a sentence; null when no limit keeps it.</summary>
    public string? WhyShut(string? key)
    {
        if (Settings.IsPaused)
            return $"The queue '{Queue}' is paused.";
        if (key is not null && !IsOpenFor(key))
        {
            PermitPool? pool = _keys.GetValueOrDefault(key);
            return Describe(pool, $"The queue '{Queue}' may, for the key '{key}',", Limits.MaxConcurrencyPerKey, Limits.RatePerKey);
        }

        return IsOpen ? null : Describe(_own, $"The queue '{Queue}' may", Limits.MaxConcurrency, Limits.Rate);
    }

    public void Follow(QueueSettings next)
    {
        if (Limits != next.Limits)
        {
            // The queue's grain gives anew under new limits.
            foreach (PermitPool pool in _keys.Values.Append(_own))
                pool.Clear();
            StartBy = _givenAt = _lapsedGivenAt = TimeSpan.MaxValue;
            _said = null;
            Lapses++;
            // More may run than the new limit allows: an end here is not a start here.
            _turnBegan = null;
        }

        Settings = next;
    }

    public void Started(string? key)
    {
        _own.Start();
        if (key is not null)
            PoolOf(key).Start();
    }

    public void Ended(string? key)
    {
        End(_own);
        if (key is null)
            return;
        PermitPool pool = PoolOf(key);
        End(pool);
        if (pool.IsUnused)
            _keys.Remove(key);
    }

    /// <summary>A task that was to start did not: its group was not stored.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="lapses">What <see cref="Lapses"/> was when it was to start.</param>
    public void NotStarted(string? key, int lapses)
    {
        if (lapses == Lapses && Limits.Rate is not null)
            _own.ReturnStart();
        if (lapses == Lapses && key is not null && Limits.RatePerKey is not null)
            PoolOf(key).ReturnStart();
        Ended(key);
    }

    /// <summary>Permits to start whose time is over count no more.</summary>
    /// <param name="now">By the clock of <see cref="StartBy"/>.</param>
    public void Lapse(TimeSpan now)
    {
        if (now < StartBy)
            return;
        Lapses++;
        _lapsedGivenAt = Earlier(_givenAt, _lapsedGivenAt);
        StartBy = _givenAt = TimeSpan.MaxValue;
        foreach (PermitPool pool in _keys.Values.Append(_own))
            pool.Lapse();
    }

    /// <summary>Another one gives permits from now on, who does not know of those to start that are left: they must neither be used nor reported.</summary>
    public void ForgetStarts()
    {
        Lapses++;
        StartBy = _givenAt = _lapsedGivenAt = TimeSpan.MaxValue;
        _said = null;
        foreach (PermitPool pool in _keys.Values.Append(_own))
        {
            pool.Lapse();
            pool.TakeLapsed();
        }
    }

    /// <param name="reply">The answer.</param>
    /// <param name="sentAt">When the call was sent, by the clock of <see cref="StartBy"/>.</param>
    public void Take(PermitReply reply, TimeSpan sentAt)
    {
        // The time of earlier ones, used or not, must not be that of these.
        Lapse(time.GetElapsedTime(0));
        // Permits to start alone do not make those to run stay longer.
        if (reply.Given.Run > 0 || reply.GivenByKey.Any(key => key.Permits.Run > 0))
            _turnBegan = time.GetTimestamp();
        if (reply.ValidFor is { } validFor)
        {
            StartBy = Earlier(sentAt + validFor, StartBy);
            _givenAt = Earlier(reply.GivenAt, _givenAt);
        }

        _own.Take(reply.Given);
        foreach (KeyPermits given in reply.GivenByKey)
            PoolOf(given.Key).Take(given.Permits);
    }

    /// <summary>Lets go of permits to run that are not needed here, or whose turn is over.</summary>
    /// <param name="waiting">The queue's ready tasks; null when there are none.</param>
    public void LetGo(QueueTasks? waiting)
    {
        bool less = _own.LetGo(TurnIsOver || waiting is null ? 0 : waiting.OpenCount);
        foreach ((string key, PermitPool pool) in _keys)
        {
            less |= pool.LetGo(TurnIsOver || waiting is null ? 0 : waiting.CountOf(key));
            if (pool.IsUnused)
                _keys.Remove(key);
        }

        // What was let go of must not be used any more.
        if (less)
            waiting?.Refresh();
    }

    public PermitHolding Holding() => new(
        Limits.MaxConcurrency is null ? 0 : _own.Say(),
        Limits.MaxConcurrencyPerKey is null ? [] : [.. _keys.Select(key => new KeyCount(key.Key, key.Value.Say())).Where(held => held.Count > 0)]);

    /// <summary>What the queue's own limits should permit now.</summary>
    public Permits Wanted(QueueTasks? waiting)
    {
        int open = waiting is null || Settings.IsPaused ? 0 : Math.Min(MaxWanted, waiting.OpenCount);
        return _own.Lacking(open, Limits.MaxConcurrency is not null, Limits.Rate is not null);
    }

    /// <summary>True when a key wants other permits than those asked for, or one does for which nothing was asked, if those are to count.</summary>
    public bool WantsForKeys(QueueTasks? waiting, Dictionary<string, Permits> asked, bool orOthers) =>
        waiting is not null && Limits.LimitsKeys && !Settings.IsPaused
        && waiting.ShutKeys.Any(key => asked.TryGetValue(key.Key, out Permits permits) ? LackingOf(key.Key, key.Count).DifferFrom(permits) : orOthers);

    /// <summary>What the limits per key should permit now.</summary>
    public ImmutableArray<KeyPermits> WantedByKey(QueueTasks? waiting)
    {
        if (waiting is null || Settings.IsPaused || !Limits.LimitsKeys)
            return [];
        (string Key, int Count)[] shut = [.. waiting.ShutKeys];
        ImmutableArray<KeyPermits>.Builder wanted = ImmutableArray.CreateBuilder<KeyPermits>();
        for (int i = 0; i < Math.Min(shut.Length, MaxWantedKeys); i++)
        {
            // Each call goes on where the last one stopped, so that a key is not hidden behind others that get nothing.
            (string key, int count) = shut[_nextKey++ % shut.Length];
            wanted.Add(new KeyPermits(key, LackingOf(key, count)));
        }

        return wanted.ToImmutable();
    }

    private Permits LackingOf(string key, int count) => (_keys.GetValueOrDefault(key) ?? s_none)
        .Lacking(Math.Min(MaxWanted, count), Limits.MaxConcurrencyPerKey is not null, Limits.RatePerKey is not null);

    /// <summary>The lapsed permits to be reported by this call: those of an earlier one first, until they are heard of.</summary>
    public LapsedPermits SayLapsed(long number)
    {
        if (_said is not null)
            return _said;
        ImmutableArray<KeyCount>.Builder lapsed = ImmutableArray.CreateBuilder<KeyCount>();
        foreach ((string key, PermitPool pool) in _keys)
        {
            if (pool.Lapsed > 0)
                lapsed.Add(new KeyCount(key, pool.TakeLapsed()));
            if (pool.IsUnused)
                _keys.Remove(key);
        }

        var lapsedNow = new LapsedPermits(_own.TakeLapsed(), lapsed.ToImmutable(), _lapsedGivenAt, number);
        _lapsedGivenAt = TimeSpan.MaxValue;
        if (lapsedNow.Count > 0 || !lapsedNow.ByKey.IsEmpty)
            _said = lapsedNow;
        return lapsedNow;
    }

    /// <summary>A call that said what lapsed was answered.</summary>
    public void LapsedIsHeard() => _said = null;

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static string Describe(PermitPool? pool, string subject, int? maxConcurrency, RateLimit? rate) =>
        maxConcurrency is { } max && (pool is null || pool.Held <= pool.Running)
            ? $"{subject} run {max} at once, and has no permit left."
            : $"{subject} start {rate!.Limit} within {rate.Period.TotalSeconds:0.###} s, and has no permit left.";

    private void End(PermitPool pool)
    {
        pool.End();
        if (TurnIsOver)
            pool.LetGo(needed: 0);
    }

    private PermitPool PoolOf(string key)
    {
        ref PermitPool? pool = ref CollectionsMarshal.GetValueRefOrAddDefault(_keys, key, out _);
        return pool ??= new PermitPool();
    }
}
