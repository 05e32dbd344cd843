namespace Gristmill.Grains.Tasks;

/// <summary>
/// The ready tasks of one kind and one party, at one level of one queue, by deadline, then age: a heap of four children to a node, whose
/// entries hold their keys, and whose tasks know their index.
/// </summary>
internal sealed class ReadyLane(ReadyParty party, string kind)
{
    private const int Arity = 4;
    private const int MinShrink = 64;

    private Entry[] _entries = [];

    public ReadyParty Party { get; } = party;

    public string Kind { get; } = kind;

    public int Count { get; private set; }

    /// <summary>True while the line offers it: it has tasks, and its party may start some.</summary>
    public bool IsOffered { get; set; }

    public void Add(LiveTask task)
    {
        if (Count == _entries.Length)
            Array.Resize(ref _entries, Math.Max(2, Count * 2));
        task.Place.Lane = this;
        Raise(Count++, new Entry(task));
    }

    public LiveTask TakeFirst()
    {
        LiveTask first = _entries[0].Task;
        Remove(first);
        return first;
    }

    public void Remove(LiveTask task)
    {
        int index = task.Place.Index;
        task.Place.Lane = null;
        Entry last = _entries[--Count];
        _entries[Count] = default;
        if (index < Count)
        {
            if (index > 0 && last.IsBefore(_entries[(index - 1) / Arity]))
                Raise(index, last);
            else
                Lower(index, last);
        }

        if (_entries.Length >= MinShrink && Count < _entries.Length / 4)
            Array.Resize(ref _entries, _entries.Length / 2);
    }

    /// <summary>True when the first task here comes before the first one there; both have one.</summary>
    public bool IsBefore(ReadyLane other) => _entries[0].IsBefore(other._entries[0]);

    public IEnumerable<LiveTask> Tasks => _entries.Take(Count).Select(entry => entry.Task);

    private void Raise(int index, Entry entry)
    {
        while (index > 0)
        {
            int above = (index - 1) / Arity;
            if (!entry.IsBefore(_entries[above]))
                break;
            Put(index, _entries[above]);
            index = above;
        }

        Put(index, entry);
    }

    private void Lower(int index, Entry entry)
    {
        while (true)
        {
            int first = index * Arity + 1;
            if (first >= Count)
                break;
            int least = first;
            int end = Math.Min(first + Arity, Count);
            for (int child = first + 1; child < end; child++)
            {
                if (_entries[child].IsBefore(_entries[least]))
                    least = child;
            }

            if (!_entries[least].IsBefore(entry))
                break;
            Put(index, _entries[least]);
            index = least;
        }

        Put(index, entry);
    }

    private void Put(int index, Entry entry)
    {
        _entries[index] = entry;
        entry.Task.Place.Index = index;
    }

    private readonly struct Entry(LiveTask task)
    {
        private readonly long _deadline = task.Stored.Deadline?.UtcTicks ?? long.MaxValue;
        private readonly TaskId _id = task.Id;

        public LiveTask Task { get; } = task;

        public bool IsBefore(in Entry other) => _deadline != other._deadline ? _deadline < other._deadline : _id < other._id;
    }
}
