namespace Gristmill.Grains.Users;

/// <summary>
/// The users of one partition, packed for listing and searching. Changes come in any order and more than once; the versions decide, and a
/// tombstone keeps a late upsert from bringing back a user that was deleted. One writer, the grain's turn; snapshots are read on any
/// thread and cost nothing to take.
/// </summary>
internal sealed class UserIndex(TimeProvider time)
{
    /// <summary>Far longer than a call can be under way (time-out 30 s), and than a page of the store lies before it is applied.</summary>
    private static readonly TimeSpan s_tombstoneAge = TimeSpan.FromMinutes(2);

    private readonly Dictionary<long, long> _tombstones = [];
    private readonly Queue<(long Id, long Version, long At)> _burials = new();

    // Replaced by a changed copy, so that snapshots keep theirs. In id order; the first begins at 0.
    private UserBlock[] _blocks = [UserBlock.Empty(0)];
    private long _now;

    public long Count { get; private set; }

    public UserIndexSnapshot Snapshot() => new(_blocks, _now);

    /// <summary>The version at which the user is listed; null when it is not.</summary>
    public long? VersionOf(long id)
    {
        UserBlock block = _blocks[BlockOf(id)];
        int slot = block.Find(id);
        return slot < 0 ? null : block.VersionAt(slot);
    }

    /// <summary>Lists the user unless it is known at this version or a later one, or was deleted at one.</summary>
    public void Upsert(User user)
    {
        if (_tombstones.TryGetValue(user.Id, out long deletedAt) && user.Version <= deletedAt)
            return;

        int at = BlockOf(user.Id);
        int old = _blocks[at].Find(user.Id);
        if (old >= 0 && user.Version <= _blocks[at].VersionAt(old))
            return;

        if (_blocks[at].IsFull)
        {
            MakeRoom(at, user.Id);
            at = BlockOf(user.Id);
            old = _blocks[at].Find(user.Id);
        }

        // The change is seen by snapshots taken from here on, by both of its halves or by none.
        long now = _now + 1;
        _blocks[at].Append(user, now);
        if (old >= 0)
            _blocks[at].Kill(old, now);
        else
            Count++;
        _now = now;
    }

    /// <summary>Forgets the user if it is listed at this version or an earlier one.</summary>
    public void Remove(long id, long version)
    {
        Bury(id, version);
        int at = BlockOf(id);
        int slot = _blocks[at].Find(id);
        if (slot < 0 || _blocks[at].VersionAt(slot) > version)
            return;

        _blocks[at].Kill(slot, ++_now);
        Count--;
        if (_blocks[at].Live == 0 || (_blocks[at].Count >= 64 && _blocks[at].Live < _blocks[at].Count / 2))
            Compact(at);
    }

    private void Bury(long id, long version)
    {
        _tombstones[id] = Math.Max(version, _tombstones.GetValueOrDefault(id));
        _burials.Enqueue((id, version, time.GetTimestamp()));
        while (_burials.TryPeek(out (long Id, long Version, long At) oldest) && time.GetElapsedTime(oldest.At) > s_tombstoneAge)
        {
            _burials.Dequeue();
            if (_tombstones.TryGetValue(oldest.Id, out long latest) && latest == oldest.Version)
                _tombstones.Remove(oldest.Id);
        }
    }

    /// <summary>The last block whose first id is not above the id.</summary>
    private int BlockOf(long id)
    {
        int low = 0, high = _blocks.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_blocks[middle].FirstId <= id)
                low = middle;
            else
                high = middle - 1;
        }

        return low;
    }

    private void MakeRoom(int at, long id)
    {
        UserBlock block = _blocks[at];
        // Ids rise, so the usual case is a new user behind all others. Only nearly: concurrent creates arrive out of order, so the user that
        // came last need not have the highest id. A new block that began below an id of this one would hide that user.
        bool isBehindAll = at == _blocks.Length - 1 && id > block.HighestId && block.Live == block.Count;
        if (isBehindAll)
            Replace(at + 1, 0, [UserBlock.Empty(id)]);
        else
            Replace(at, 1, UserBlock.Rebuild([block], maxLive: UserBlock.MaxSlots * 3 / 4));
    }

    /// <summary>Gives back the room of dead slots; joins the block with a neighbour when both are small, so that their number follows the live users.</summary>
    private void Compact(int at)
    {
        const int Small = UserBlock.MaxSlots / 4;
        bool isSmall = _blocks[at].Live < Small;
        bool joinsPrevious = isSmall && at > 0 && _blocks[at - 1].Live < Small;
        bool joinsNext = isSmall && at + 1 < _blocks.Length && (_blocks[at + 1].Live < Small || (at == 0 && _blocks[at].Live == 0));
        if (_blocks[at].Live == 0 && at > 0)
        {
            // Nothing to keep: the block before covers its ids.
            Replace(at, 1, []);
            return;
        }

        int from = joinsPrevious ? at - 1 : at;
        int count = 1 + (joinsPrevious ? 1 : 0) + (joinsNext ? 1 : 0);
        Replace(from, count, UserBlock.Rebuild(_blocks.AsSpan(from, count), UserBlock.MaxSlots * 3 / 4));
    }

    private void Replace(int at, int count, UserBlock[] with) => _blocks = [.. _blocks.AsSpan(0, at), .. with, .. _blocks.AsSpan(at + count)];
}
