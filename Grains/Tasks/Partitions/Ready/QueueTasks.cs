using System.Runtime.InteropServices;

namespace Gristmill.Grains.Tasks;

/// <summary>All ready tasks of one queue in a partition, and what may be started of them.</summary>
internal sealed class QueueTasks(string name, ReadyLevel[] levels)
{
    private readonly ReadyLine?[] _lines = new ReadyLine?[levels.Length];
    private readonly ReadyTimes _times = new();

    // The parties of each key, where the queue has limits per key.
    private Dictionary<string, List<ReadyParty>>? _keys;

    public string Name { get; } = name;

    public int Count { get; private set; }

    public DateTimeOffset? OldestReadyAt => _times.Oldest;

    /// <summary>Null unless something is set for the queue.</summary>
    public QueuePermits? Permits { get; private set; }

    /// <summary>True while the queue itself may not start anything.</summary>
    public bool IsShut { get; private set; }

    /// <summary>Tasks that do not wait for their key.</summary>
    public int OpenCount => Count - ShutKeys.Sum(key => key.Count);

    /// <summary>The keys that tasks wait for, with the tasks' number.</summary>
    public IEnumerable<(string Key, int Count)> ShutKeys => _keys is null
        ? []
        : _keys.Where(key => key.Value[0].IsShut).Select(key => (key.Key, CountOf(key.Key)));

    public int CountOf(string key) =>
        _keys is not null && _keys.TryGetValue(key, out List<ReadyParty>? parties) ? parties.Sum(party => party.Lanes.Sum(lane => lane.Count)) : 0;

    public void Add(LiveTask task)
    {
        uint second = ReadyTimes.SecondOf(task.Progress.DueAt);
        task.Place.Second = second;
        _times.Add(second);
        Count++;

        string? key = _keys is null ? null : task.Stored.QueueKey;
        int level = task.Stored.Priority;
        ReadyLine line = _lines[level] ??= new ReadyLine(levels[level], this);
        line.Add(task, key is null ? new PartyName(null, task.Stored.Owner) : new PartyName(key, null), key is not null && !Permits!.IsOpenFor(key));
    }

    public void Remove(LiveTask task)
    {
        task.Place.Lane!.Party.Line.Remove(task);
        Gone(task);
    }

    /// <summary>The task has left its line.</summary>
    public void Gone(LiveTask task)
    {
        _times.Remove(task.Place.Second);
        Count--;
    }

    /// <summary>Goes by these permits, and their settings as they are now.</summary>
    public void Follow(QueuePermits permits)
    {
        bool byKey = permits.Limits.LimitsKeys;
        LiveTask[] regrouped = byKey == _keys is not null ? [] : [.. _lines.OfType<ReadyLine>().SelectMany(line => line.Tasks)];
        foreach (LiveTask task in regrouped)
            Remove(task);
        _keys = !byKey ? null : _keys ?? new(StringComparer.Ordinal);
        Permits = permits;
        Refresh();
        foreach (LiveTask task in regrouped)
            Add(task);
    }

    /// <summary>Offers what may start now, and nothing else.</summary>
    public void Refresh()
    {
        RefreshQueue();
        if (_keys is null)
            return;
        foreach (string key in _keys.Keys)
            RefreshKey(key);
    }

    /// <summary>The same after a task of the key was started or ended.</summary>
    public void Refresh(string? key)
    {
        RefreshQueue();
        if (key is not null && _keys is not null)
            RefreshKey(key);
    }

    public List<ReadyParty> PartiesOf(string key)
    {
        ref List<ReadyParty>? parties = ref CollectionsMarshal.GetValueRefOrAddDefault(_keys!, key, out _);
        return parties ??= new List<ReadyParty>(1);
    }

    public void Leave(string key, ReadyParty party)
    {
        if (_keys is null || !_keys.TryGetValue(key, out List<ReadyParty>? parties))
            return;
        parties.Remove(party);
        if (parties.Count == 0)
            _keys.Remove(key);
    }

    private void RefreshQueue()
    {
        bool isShut = Permits is { IsOpen: false };
        if (isShut == IsShut)
            return;
        IsShut = isShut;
        foreach (ReadyLine? line in _lines)
        {
            if (line is not null)
                line.Level.Refresh(line);
        }
    }

    private void RefreshKey(string key)
    {
        if (!_keys!.TryGetValue(key, out List<ReadyParty>? parties))
            return;
        bool isShut = !Permits!.IsOpenFor(key);
        foreach (ReadyParty party in parties)
            party.Line.SetShut(party, isShut);
    }
}
