using System.Runtime.CompilerServices;

namespace Gristmill.Storage;

/// <summary>Users in memory: for tests, and for a server whose data may go with the process. One lock orders all operations.</summary>
public sealed class MemoryUserStore : IUserStore
{
    private const int PageSize = 1024;

    private readonly Lock _gate = new();

    // All guarded by _gate. Sorted, so that an enumeration can go on behind its last id while others write.
    private readonly SortedSet<long> _ids = [];
    private readonly Dictionary<long, StoredUser> _users = [];
    private long _nextId = 1;
    private long _deletedVersion;

    public ValueTask<StoredUser?> ReadAsync(long id, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
            return new ValueTask<StoredUser?>(_users.GetValueOrDefault(id));
    }

    public ValueTask<StoredUser> InsertAsync(StoredUser user, CancellationToken cancellationToken = default)
    {
        StoredUser.Check(user);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ThrowIfExists(user.Id);
            return new ValueTask<StoredUser>(Add(user));
        }
    }

    public ValueTask<IReadOnlyList<StoredUser>> InsertManyAsync(IReadOnlyList<StoredUser> users, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(users);
        var seen = new HashSet<long>(users.Count);
        foreach (StoredUser user in users)
        {
            StoredUser.Check(user);
            if (!seen.Add(user.Id))
                throw new VersionConflictException(user.Id, 0, null);
        }

        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            foreach (StoredUser user in users)
                ThrowIfExists(user.Id);
            return new ValueTask<IReadOnlyList<StoredUser>>([.. users.Select(Add)]);
        }
    }

    public ValueTask<StoredUser> UpdateAsync(StoredUser user, long expectedVersion, CancellationToken cancellationToken = default)
    {
        StoredUser.Check(user);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ThrowUnlessAt(user.Id, expectedVersion);
            StoredUser updated = user with { Version = expectedVersion + 1 };
            _users[user.Id] = updated;
            return new ValueTask<StoredUser>(updated);
        }
    }

    public ValueTask DeleteAsync(long id, long expectedVersion, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ThrowUnlessAt(id, expectedVersion);
            _users.Remove(id);
            _ids.Remove(id);
            _deletedVersion = Math.Max(_deletedVersion, expectedVersion);
            _nextId = Math.Max(_nextId, id + 1);
            return ValueTask.CompletedTask;
        }
    }

    public ValueTask<long> ReserveIdsAsync(int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            long first = Math.Max(_nextId, _ids.Max + 1);
            if (first + count - 1 > StoredUser.MaxId)
                throw new InvalidOperationException($"Fewer than {count} user ids are left.");
            _nextId = first + count;
            return new ValueTask<long>(first);
        }
    }

    public async IAsyncEnumerable<StoredUser> EnumerateAsync(
        int partition, int partitionCount, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitionCount, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(partition);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(partition, partitionCount);
        await Task.CompletedTask.ConfigureAwait(false);

        long last = 0;
        var page = new List<StoredUser>(PageSize);
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            page.Clear();
            lock (_gate)
            {
                page.AddRange(_ids.GetViewBetween(last + 1, long.MaxValue)
                    .Where(id => id % partitionCount == partition).Take(PageSize).Select(id => _users[id]));
            }

            foreach (StoredUser user in page)
                yield return user;
            last = page.Count > 0 ? page[^1].Id : last;
        }
        while (page.Count == PageSize);
    }

    public ValueTask<long> CountAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
            return new ValueTask<long>(_users.Count);
    }

    public ValueTask PingAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    private StoredUser Add(StoredUser user)
    {
        StoredUser stored = user with { Version = _deletedVersion + 1 };
        _users.Add(stored.Id, stored);
        _ids.Add(stored.Id);
        return stored;
    }

    private void ThrowIfExists(long id)
    {
        if (_users.TryGetValue(id, out StoredUser? existing))
            throw new VersionConflictException(id, 0, existing.Version);
    }

    private void ThrowUnlessAt(long id, long expectedVersion)
    {
        long? actual = _users.GetValueOrDefault(id)?.Version;
        if (actual != expectedVersion)
            throw new VersionConflictException(id, expectedVersion, actual);
    }
}
