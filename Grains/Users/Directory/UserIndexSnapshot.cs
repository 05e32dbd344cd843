using System.Collections.Immutable;

namespace Gristmill.Grains.Users;

/// <summary>A partition as it was after one change. Reads take any time they like, on any thread.</summary>
/// <param name="Blocks">In id order; never written.</param>
/// <param name="Number">The last change that is part of it.</param>
internal readonly record struct UserIndexSnapshot(UserBlock[] Blocks, long Number)
{
    /// <summary>The users behind an id, in id order.</summary>
    /// <param name="after">0 for the first page.</param>
    /// <param name="limit">Users at most.</param>
    /// <param name="needle">Folded text that name or e-mail must contain; empty takes all.</param>
    /// <param name="cancellationToken">Looked at between blocks.</param>
    public UserPage Page(long after, int limit, ReadOnlySpan<byte> needle, CancellationToken cancellationToken)
    {
        ImmutableArray<User>.Builder users = ImmutableArray.CreateBuilder<User>(Math.Min(limit, 64));
        var slots = new List<int>();
        for (int i = FirstBlock(after); i < Blocks.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            slots.Clear();
            Blocks[i].Match(Number, after, needle, slots);
            foreach (int slot in slots)
            {
                if (users.Count == limit)
                    return new UserPage(users.DrainToImmutable(), IsLast: false);
                users.Add(Blocks[i].Read(slot));
            }
        }

        return new UserPage(users.DrainToImmutable(), IsLast: true);
    }

    /// <summary>All users, in id order.</summary>
    public IEnumerable<(long Id, long Version)> Versions()
    {
        var slots = new List<int>();
        foreach (UserBlock block in Blocks)
        {
            slots.Clear();
            block.Match(Number, after: 0, needle: [], slots);
            foreach (int slot in slots)
                yield return (block.IdAt(slot), block.VersionAt(slot));
        }
    }

    private int FirstBlock(long after)
    {
        int first = 0;
        while (first + 1 < Blocks.Length && Blocks[first + 1].FirstId <= after)
            first++;
        return first;
    }
}
