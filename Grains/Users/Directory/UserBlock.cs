using System.Text;

namespace Gristmill.Grains.Users;

/// <summary>
/// Up to <see cref="MaxSlots"/> users whose ids lie next to each other, packed. One writer, the grain's turn; readers on any thread. A slot
/// is written once, before the count that includes it is published; only its death is written later. A snapshot is a number: a slot
/// belongs to it when it was born by then and had not died, so a replaced record is found exactly once, in its old form or its new.
/// </summary>
internal sealed class UserBlock
{
    public const int MaxSlots = 512;

    private const long Alive = long.MaxValue;

    private readonly long[] _ids;
    private readonly long[] _versions;
    private readonly long[] _created; // Unix seconds * 2, plus 1 for an active user.
    private readonly long[] _born;
    private readonly long[] _died;
    private readonly ushort[] _nameBytes;
    private readonly uint[] _textEnds;
    private readonly uint[] _foldedEnds;

    // Replaced by a longer copy when full. A reader takes them after the count, so what the count includes is in them.
    private byte[] _text; // Name and e-mail as they are, in UTF-8.
    private byte[] _folded; // The same folded, each ended by a zero, so that no needle matches across fields.

    private int _count;
    private bool _isUnsorted;

    private UserBlock(long firstId, int slots, int textBytes, int foldedBytes)
    {
        FirstId = firstId;
        _ids = new long[slots];
        _versions = new long[slots];
        _created = new long[slots];
        _born = new long[slots];
        _died = new long[slots];
        _nameBytes = new ushort[slots];
        _textEnds = new uint[slots];
        _foldedEnds = new uint[slots];
        _text = new byte[textBytes];
        _folded = new byte[foldedBytes];
    }

    public static UserBlock Empty(long firstId) => new(firstId, MaxSlots, MaxSlots * 40, MaxSlots * 40);

    /// <summary>No user in here has a lower id.</summary>
    public long FirstId { get; }

    /// <summary>No user in here has a higher id, nor ever had. For the writer.</summary>
    public long HighestId { get; private set; }

    /// <summary>Users in here now. For the writer.</summary>
    public int Live { get; private set; }

    /// <summary>Slots in use, dead ones included. For the writer.</summary>
    public int Count => _count;

    public bool IsFull => _count == _ids.Length;

    /// <summary>The slot of the user now, or -1. For the writer.</summary>
    public int Find(long id)
    {
        // A user that was replaced is in here several times; only the last can be alive.
        int slot = _ids.AsSpan(0, _count).LastIndexOf(id);
        return slot >= 0 && _died[slot] == Alive ? slot : -1;
    }

    public long VersionAt(int slot) => _versions[slot];

    public long IdAt(int slot) => _ids[slot];

    public void Kill(int slot, long now)
    {
        Volatile.Write(ref _died[slot], now);
        Live--;
    }

    /// <summary>Adds the user. The block must not be full.</summary>
    public void Append(User user, long now)
    {
        int slot = _count;
        int textEnd = End(_textEnds, slot), foldedEnd = End(_foldedEnds, slot);
        Reserve(ref _text, textEnd, CaseFolding.MaxBytes(user.Name) + CaseFolding.MaxBytes(user.Email));
        Reserve(ref _folded, foldedEnd, CaseFolding.MaxBytes(user.Name) + CaseFolding.MaxBytes(user.Email) + 2);

        int nameBytes = Encoding.UTF8.GetBytes(user.Name, _text.AsSpan(textEnd));
        textEnd += nameBytes + Encoding.UTF8.GetBytes(user.Email, _text.AsSpan(textEnd + nameBytes));
        foldedEnd += CaseFolding.Fold(user.Name, _folded.AsSpan(foldedEnd));
        _folded[foldedEnd++] = 0;
        foldedEnd += CaseFolding.Fold(user.Email, _folded.AsSpan(foldedEnd));
        _folded[foldedEnd++] = 0;

        _nameBytes[slot] = (ushort)nameBytes;
        _textEnds[slot] = (uint)textEnd;
        _foldedEnds[slot] = (uint)foldedEnd;
        Publish(slot, user.Id, user.Version, (user.CreatedAt << 1) | (user.Active ? 1L : 0), now);
    }

    /// <summary>The users of these blocks that live, sorted by id, in as many blocks as they need with room for a few more.</summary>
    /// <param name="blocks">Neighbours in id order.</param>
    /// <param name="maxLive">Users per new block at most.</param>
    public static UserBlock[] Rebuild(ReadOnlySpan<UserBlock> blocks, int maxLive)
    {
        var live = new List<(UserBlock Block, int Slot)>();
        foreach (UserBlock block in blocks)
        {
            int first = live.Count;
            for (int slot = 0; slot < block._count; slot++)
            {
                if (block._died[slot] == Alive)
                    live.Add((block, slot));
            }

            live.Sort(first, live.Count - first, Comparer<(UserBlock Block, int Slot)>.Create(static (a, b) => a.Block._ids[a.Slot].CompareTo(b.Block._ids[b.Slot])));
        }

        int parts = Math.Max(1, (live.Count + maxLive - 1) / maxLive);
        var rebuilt = new UserBlock[parts];
        for (int part = 0; part < parts; part++)
        {
            List<(UserBlock Block, int Slot)> slots = live.GetRange(live.Count * part / parts, (live.Count * (part + 1) / parts) - (live.Count * part / parts));
            long firstId = part == 0 ? blocks[0].FirstId : slots[0].Block._ids[slots[0].Slot];
            rebuilt[part] = CopyOf(firstId, slots);
        }

        return rebuilt;
    }

    /// <summary>The slots of a snapshot with an id above <paramref name="after"/>, in id order, added to <paramref name="matches"/>.</summary>
    /// <param name="snapshot">The number of the last change that is seen.</param>
    /// <param name="after">The id to begin behind.</param>
    /// <param name="needle">Folded text that the user must contain; empty takes all.</param>
    /// <param name="matches">Takes the slots.</param>
    public void Match(long snapshot, long after, ReadOnlySpan<byte> needle, List<int> matches)
    {
        int count = Volatile.Read(ref _count);
        if (count == 0)
            return;

        int first = matches.Count;
        if (needle.IsEmpty)
        {
            for (int slot = 0; slot < count; slot++)
                AddIfIn(slot);
        }
        else
        {
            ReadOnlySpan<uint> ends = _foldedEnds.AsSpan(0, count);
            Span<uint> found = stackalloc uint[128];
            for (int next = 0; next < count;)
            {
                int hits = Kernels.FindRecords(_folded.AsSpan(0, (int)ends[^1]), ends, needle, ignoreAsciiCase: false, ref next, found);
                foreach (uint slot in found[..hits])
                    AddIfIn((int)slot);
            }
        }

        if (Volatile.Read(ref _isUnsorted))
            matches.Sort(first, matches.Count - first, Comparer<int>.Create((a, b) => _ids[a].CompareTo(_ids[b])));

        void AddIfIn(int slot)
        {
            if (_ids[slot] > after && _born[slot] <= snapshot && Volatile.Read(ref _died[slot]) > snapshot)
                matches.Add(slot);
        }
    }

    public User Read(int slot)
    {
        ReadOnlySpan<byte> text = _text.AsSpan(End(_textEnds, slot)..(int)_textEnds[slot]);
        int nameBytes = _nameBytes[slot];
        return new User(
            _ids[slot], Encoding.UTF8.GetString(text[..nameBytes]), Encoding.UTF8.GetString(text[nameBytes..]), _created[slot] >> 1,
            (_created[slot] & 1) != 0, _versions[slot]);
    }

    private static UserBlock CopyOf(long firstId, List<(UserBlock Block, int Slot)> slots)
    {
        int textBytes = 0, foldedBytes = 0;
        foreach ((UserBlock block, int slot) in slots)
        {
            textBytes += (int)block._textEnds[slot] - End(block._textEnds, slot);
            foldedBytes += (int)block._foldedEnds[slot] - End(block._foldedEnds, slot);
        }

        int room = Math.Min(MaxSlots, slots.Count + Math.Max(16, slots.Count / 4));
        var copy = new UserBlock(firstId, room, textBytes, foldedBytes);
        foreach ((UserBlock block, int slot) in slots)
            copy.Append(block, slot);
        return copy;
    }

    private void Append(UserBlock source, int from)
    {
        int slot = _count;
        ReadOnlySpan<byte> text = source._text.AsSpan(End(source._textEnds, from)..(int)source._textEnds[from]);
        ReadOnlySpan<byte> folded = source._folded.AsSpan(End(source._foldedEnds, from)..(int)source._foldedEnds[from]);
        text.CopyTo(_text.AsSpan(End(_textEnds, slot)));
        folded.CopyTo(_folded.AsSpan(End(_foldedEnds, slot)));
        _nameBytes[slot] = source._nameBytes[from];
        _textEnds[slot] = (uint)(End(_textEnds, slot) + text.Length);
        _foldedEnds[slot] = (uint)(End(_foldedEnds, slot) + folded.Length);
        Publish(slot, source._ids[from], source._versions[from], source._created[from], source._born[from]);
    }

    private void Publish(int slot, long id, long version, long created, long born)
    {
        _ids[slot] = id;
        HighestId = Math.Max(HighestId, id);
        _versions[slot] = version;
        _created[slot] = created;
        _born[slot] = born;
        _died[slot] = Alive;
        if (slot > 0 && id < _ids[slot - 1])
            Volatile.Write(ref _isUnsorted, true);
        // Last: a reader that sees the count sees the slot.
        Volatile.Write(ref _count, slot + 1);
        Live++;
    }

    private static int End(uint[] ends, int slot) => slot == 0 ? 0 : (int)ends[slot - 1];

    private static void Reserve(ref byte[] bytes, int used, int more)
    {
        if (bytes.Length - used >= more)
            return;
        byte[] longer = new byte[Math.Max(used + more, used + (used / 4))];
        bytes.AsSpan(0, used).CopyTo(longer);
        Volatile.Write(ref bytes, longer);
    }
}
