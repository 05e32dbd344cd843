using System.Runtime.CompilerServices;

namespace Gristmill.Scheduling;

/// <summary>
/// Who sleeps and who searches: one word, changed by compare-and-swap only, so that "wake one, unless somebody is already looking" is
/// one atomic decision. The sleepers form a stack inside it: the most recently parked worker, whose caches are warmest, wakes first.
/// Safe from any thread. After the idle-worker protocol of Go's scheduler and Rayon's sleep module.
/// </summary>
/// <remarks>
/// Layout, from bit 0: the index + 1 of the worker on top of the stack (16 bits), sleepers (12), searchers (12), a tag that grows
/// with every change (24), so that a stale compare-and-swap fails even when the same worker is on top again.
/// </remarks>
internal sealed class IdleWorkers<TWord, TFence>(int capacity)
    where TWord : struct, IAtomicWord
    where TFence : struct, IFence
{
    private const int SleeperShift = 16;
    private const int SearcherShift = 28;
    private const int TagShift = 40;
    private const long TopMask = (1L << SleeperShift) - 1;
    private const long CountMask = (1L << 12) - 1;

    // Not in the stack; in it, and asleep or about to be; still in it, but awake.
    private const long Out = 0;
    private const long Asleep = 1;
    private const long Withdrawn = 2;

#pragma warning disable CS0649, IDE0044 // Written through the methods of its type parameter, and on no account readonly.
    private TWord _word;
#pragma warning restore CS0649, IDE0044

    // The worker below each one in the stack. Written by the worker that pushes itself, before it is in the stack; a reader that
    // meets a newer value fails its compare-and-swap on the tag.
    private readonly int[] _below = new int[capacity];

    // What each worker is to the stack. Changed by its own worker and by who takes it off the stack, by compare-and-swap or exchange.
    private readonly TWord[] _states = new TWord[capacity];

    /// <summary>Workers in the stack, those that have withdrawn included.</summary>
    public int Sleepers => SleepersIn(_word.Read());

    public int Searchers => SearchersIn(_word.Read());

    /// <summary>
    /// True when a new item deserves a wake: somebody sleeps and nobody searches. Who has injected an item asks behind a full barrier, because a worker
    /// that parks has it the other way round.
    /// </summary>
    public bool WantsWake
    {
        get
        {
            long word = _word.Read();
            return SleepersIn(word) > 0 && SearchersIn(word) == 0;
        }
    }

    public bool SomeoneSleeps
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_word.Read() & TopMask) != 0;
    }

    /// <summary>Any thread: false when a waker has taken the worker off the stack, or it has withdrawn.</summary>
    public bool IsAsleep(int worker) => _states[worker].Read() == Asleep;

    /// <summary>
    /// A worker has pushed an item: the worker to unpark for it, or -1. There is no fence between the push and the first read: a worker that
    /// parks makes up for it with a process-wide barrier. A searcher that gives up does not, so when somebody sleeps, the fence is paid here.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int AfterPush() => SomeoneSleeps ? WakeForPush() : -1;

    /// <summary>Joins the searchers, unless there are <paramref name="limit"/> already.</summary>
    public bool TryStartSearch(int limit)
    {
        while (true)
        {
            long word = _word.Read();
            if (SearchersIn(word) >= limit)
                return false;
            if (_word.TryChange(word, Next(word, searchers: +1)))
                return true;
        }
    }

    /// <summary>Leaves the searchers with work in hand. True for the last one: it must look for more work, and wake the next.</summary>
    public bool EndSearch()
    {
        while (true)
        {
            long word = _word.Read();
            if (_word.TryChange(word, Next(word, searchers: -1)))
                return SearchersIn(word) == 1;
        }
    }

    /// <summary>
    /// Announces that a worker is about to sleep, with a process-wide barrier. It is in the stack from here on and may be woken before it
    /// really sleeps; it must now look at every queue once more, and wake somebody, perhaps itself, if one is not empty.
    /// </summary>
    public void Announce(int worker, bool wasSearching)
    {
        Enter(worker, wasSearching);
        TFence.ProcessWide();
    }

    /// <summary>
    /// A worker that has announced itself was woken by something else than a waker, and goes on. It stays in the stack until somebody takes it off
    /// and finds it awake. False when a waker has taken it already: then it is counted as a searcher.
    /// </summary>
    public bool TryWithdraw(int worker) => _states[worker].TryChange(Asleep, Withdrawn);

    private void Enter(int worker, bool wasSearching)
    {
        // It never left the stack: there it sleeps again.
        if (_states[worker].TryChange(Withdrawn, Asleep))
        {
            if (wasSearching)
                EndSearch();
            return;
        }

        // Out, so nobody else changes it.
        _states[worker].Write(Asleep);
        while (true)
        {
            long word = _word.Read();
            Volatile.Write(ref _below[worker], (int)(word & TopMask) - 1);
            long next = Next(word, sleepers: +1, searchers: wasSearching ? -1 : 0, top: worker);
            if (_word.TryChange(word, next))
                return;
        }
    }

    /// <summary>
    /// Takes the most recently parked worker out of the stack and counts it as a searcher; -1 when nobody sleeps, or when
    /// somebody searches already and <paramref name="evenIfSearching"/> is false. The caller must unpark it.
    /// </summary>
    public int TryWake(bool evenIfSearching = false)
    {
        while (true)
        {
            long word = _word.Read();
            int top = (int)(word & TopMask) - 1;
            if (top < 0 || (!evenIfSearching && SearchersIn(word) > 0))
                return -1;
            long next = Next(word, sleepers: -1, searchers: +1, top: Volatile.Read(ref _below[top]));
            if (!_word.TryChange(word, next))
                continue;
            if (_states[top].Exchange(Out) == Asleep)
                return top;
            // It was awake. Producers may have relied on a searcher meanwhile: the next round is for them too.
            EndSearch();
        }
    }

    // The fence comes before every look: a searcher that is met only at the last of them may leave without having seen the push.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int WakeForPush()
    {
        TFence.Full();
        return TryWake();
    }

    private static int SleepersIn(long word) => (int)((word >> SleeperShift) & CountMask);

    private static int SearchersIn(long word) => (int)((word >> SearcherShift) & CountMask);

    private static long Next(long word, int sleepers = 0, int searchers = 0, int? top = null)
    {
        long tag = (long)((ulong)word >> TagShift) + 1;
        long newTop = top is { } index ? index + 1 : word & TopMask;
        return newTop
            | ((long)(SleepersIn(word) + sleepers) << SleeperShift)
            | ((long)(SearchersIn(word) + searchers) << SearcherShift)
            | (tag << TagShift);
    }
}
