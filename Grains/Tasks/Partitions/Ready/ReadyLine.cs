using System.Runtime.InteropServices;

namespace Gristmill.Grains.Tasks;

/// <summary>
/// The ready tasks of one queue at one level. Its parties are served in turn; a party's next task is the first by deadline, then age. What it
/// offers is sorted by kind, so that kinds that an executor refuses cost nothing each.
/// </summary>
internal sealed class ReadyLine(ReadyLevel level, QueueTasks queue)
{
    private readonly Dictionary<string, SortedSet<ReadyLane>> _offered = new(1, StringComparer.Ordinal);
    private readonly Dictionary<PartyName, ReadyParty> _parties = new(1);
    private int _offeredLanes;
    private long _turn;

    public QueueTasks Queue { get; } = queue;

    public ReadyLevel Level { get; } = level;

    // The level's ring; only ReadyLevel writes these.
    public ReadyLine? Previous { get; set; }

    public ReadyLine? Next { get; set; }

    /// <summary>True when it has a task that may start.</summary>
    public bool IsOffered => _offeredLanes > 0 && !Queue.IsShut;

    public void Add(LiveTask task, PartyName name, bool isShut)
    {
        ref ReadyParty? party = ref CollectionsMarshal.GetValueRefOrAddDefault(_parties, name, out bool exists);
        if (!exists)
        {
            party = new ReadyParty(this, name) { IsShut = isShut };
            if (name.Key is not null)
                Queue.PartiesOf(name.Key).Add(party);
        }

        ReadyLane lane = LaneOf(party!, task.Stored.Kind);
        lane.Add(task);
        Offer(lane);
    }

    /// <summary>Takes out one task that is there.</summary>
    public void Remove(LiveTask task)
    {
        ReadyLane lane = task.Place.Lane!;
        if (lane.Count == 1)
            Withdraw(lane);
        lane.Remove(task);
        DropIfEmpty(lane.Party);
    }

    /// <summary>Takes out the next task; null when all that is offered is refused.</summary>
    public LiveTask? Take(IReadOnlySet<string> refusedKinds)
    {
        if (NextLane(refusedKinds) is not { } lane)
            return null;

        ReadyParty party = lane.Party;
        if (lane.Count == 1)
            Withdraw(lane);
        LiveTask task = lane.TakeFirst();
        EndTurn(party);
        DropIfEmpty(party);
        return task;
    }

    /// <summary>Offers a party's tasks, or ceases to.</summary>
    public void SetShut(ReadyParty party, bool isShut)
    {
        if (party.IsShut == isShut)
            return;
        party.IsShut = isShut;
        foreach (ReadyLane lane in party.Lanes)
        {
            if (isShut)
                Withdraw(lane);
            else if (lane.Count > 0)
                Offer(lane);
        }
    }

    public IEnumerable<LiveTask> Tasks => _parties.Values.SelectMany(party => party.Lanes).SelectMany(lane => lane.Tasks);

    private static ReadyLane LaneOf(ReadyParty party, string kind)
    {
        foreach (ReadyLane lane in party.Lanes)
        {
            if (lane.Kind == kind)
                return lane;
        }

        var added = new ReadyLane(party, kind);
        party.Lanes.Add(added);
        return added;
    }

    private ReadyLane? NextLane(IReadOnlySet<string> refusedKinds)
    {
        ReadyLane? next = null;
        foreach ((string kind, SortedSet<ReadyLane> lanes) in _offered)
        {
            if (lanes.Count == 0 || (refusedKinds.Count > 0 && refusedKinds.Contains(kind)))
                continue;
            ReadyLane first = lanes.Min!;
            // Lanes of one party have the same turn: then their first tasks decide.
            if (next is null || first.Party.Turn < next.Party.Turn || (first.Party == next.Party && first.IsBefore(next)))
                next = first;
        }

        return next;
    }

    private void Offer(ReadyLane lane)
    {
        ReadyParty party = lane.Party;
        if (lane.IsOffered || party.IsShut)
            return;
        // A party that comes, or comes back, stands behind those that wait already.
        if (!party.IsOffered)
            party.Turn = ++_turn;
        ref SortedSet<ReadyLane>? lanes = ref CollectionsMarshal.GetValueRefOrAddDefault(_offered, lane.Kind, out _);
        lanes ??= new SortedSet<ReadyLane>(ByTurn.Instance);
        lanes.Add(lane);
        lane.IsOffered = true;
        if (++_offeredLanes == 1)
            Level.Refresh(this);
    }

    private void Withdraw(ReadyLane lane)
    {
        if (!lane.IsOffered)
            return;
        _offered[lane.Kind].Remove(lane);
        lane.IsOffered = false;
        if (--_offeredLanes == 0)
            Level.Refresh(this);
    }

    private void EndTurn(ReadyParty party)
    {
        // One that is alone in its set need not leave it: nothing is there to be compared with.
        foreach (ReadyLane lane in party.Lanes)
        {
            if (lane.IsOffered && _offered[lane.Kind] is { Count: > 1 } lanes)
                lanes.Remove(lane);
        }

        party.Turn = ++_turn;
        foreach (ReadyLane lane in party.Lanes)
        {
            if (lane.IsOffered)
                _offered[lane.Kind].Add(lane);
        }
    }

    /// <summary>An empty party goes; the one without owner and key stays, since it is the one that mostly comes back.</summary>
    private void DropIfEmpty(ReadyParty party)
    {
        if (party.Name == default || !party.IsEmpty)
            return;
        _parties.Remove(party.Name);
        if (party.Name.Key is { } key)
            Queue.Leave(key, party);
    }

    private sealed class ByTurn : IComparer<ReadyLane>
    {
        public static ByTurn Instance { get; } = new();

        public int Compare(ReadyLane? x, ReadyLane? y) => x!.Party.Turn.CompareTo(y!.Party.Turn);
    }
}
