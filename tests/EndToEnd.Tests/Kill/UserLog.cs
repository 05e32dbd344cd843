using System.Collections.Concurrent;

namespace Gristmill.EndToEnd.Tests.Kill;

/// <summary>
/// What a driver asked for and was told, kept outside the system. A user belongs to one worker, which asks one thing at a time: so
/// at most one outcome per user is unknown, its last. Safe from any thread.
/// </summary>
internal sealed class UserLog
{
    private readonly ConcurrentDictionary<long, Entry> _users = new();
    private readonly ConcurrentDictionary<string, int> _unknownCreations = new();
    private readonly ConcurrentBag<string> _faults = [];

    private long _attempted;
    private long _acknowledged;

    public IEnumerable<KeyValuePair<long, Entry>> Users => _users;

    public string Summary => $"{_attempted} attempted, {_acknowledged} acknowledged, {_attempted - _acknowledged} unknown, {_faults.Count} faults";

    public IReadOnlyCollection<string> Faults => _faults;

    public void Attempt() => Interlocked.Increment(ref _attempted);

    /// <summary>The name that an acknowledged creation gave to the id.</summary>
    public void Created(long id, string name)
    {
        if (!_users.TryAdd(id, new Entry(name)))
            Fault($"Id {id} was given out twice.");
    }

    /// <summary>Nobody knows whether these were created: all of them, or none.</summary>
    public void MaybeCreated(string batch, int count) => _unknownCreations[batch] = count;

    /// <summary>About to become <paramref name="name"/>, or nothing when that is null.</summary>
    public void Changing(long id, string? name) => _users[id] = _users[id] with { Maybe = name, IsUnknown = true };

    public void Changed(long id) => _users[id] = new Entry(_users[id].Maybe);

    public void Acknowledge() => Interlocked.Increment(ref _acknowledged);

    public void Fault(string text) => _faults.Add(text);

    /// <summary>Compares with what the system lists after a restart, and takes over how unknown outcomes ended.</summary>
    public void Settle(IReadOnlyDictionary<long, string> listed)
    {
        foreach ((long id, Entry entry) in _users)
        {
            string? now = listed.GetValueOrDefault(id);
            if (now != entry.Name && !(entry.IsUnknown && now == entry.Maybe))
                Fault($"User {id} is {now ?? "gone"}; acknowledged was {entry.Name ?? "its deletion"}{(entry.IsUnknown ? $", asked for {entry.Maybe ?? "its deletion"}" : "")}.");
            _users[id] = new Entry(now);
        }

        // A name is "<batch>/<number>" when it is created.
        foreach (IGrouping<string, KeyValuePair<long, string>> batch in listed.Where(user => !_users.ContainsKey(user.Key)).GroupBy(user => user.Value.Split('/')[0]))
        {
            if (!_unknownCreations.TryGetValue(batch.Key, out int count))
                Fault($"Nobody created {batch.Key}.");
            else if (batch.Count() != count)
                Fault($"Of batch {batch.Key} there are {batch.Count()} of {count}.");
            foreach ((long id, string name) in batch)
                _users[id] = new Entry(name);
        }
    }

    /// <param name="Name">Null for a deleted user.</param>
    /// <param name="Maybe">What it may be instead, while <paramref name="IsUnknown"/>.</param>
    /// <param name="IsUnknown">Whether a change was asked for and not answered.</param>
    internal sealed record Entry(string? Name, string? Maybe = null, bool IsUnknown = false);
}
