using System.Collections.Immutable;

namespace Gristmill.Grains.Users;

/// <summary>Makes one page in id order out of the pages of all partitions, asking a partition again when its page is used up.</summary>
internal sealed class UserMerge(UserQuery query, int pageSize, int partitions, Func<int, UserQuery, Task<UserPage>> ask)
{
    private readonly UserPage[] _pages = new UserPage[partitions];
    private readonly int[] _positions = new int[partitions];
    private readonly PriorityQueue<int, long> _order = new(partitions);

    public async Task<ImmutableArray<User>> ReadAsync()
    {
        await Task.WhenAll(Enumerable.Range(0, partitions).Select(partition => FillAsync(partition, query.After)));
        for (int partition = 0; partition < partitions; partition++)
            Enqueue(partition);

        ImmutableArray<User>.Builder users = ImmutableArray.CreateBuilder<User>();
        while (users.Count < query.Limit && _order.TryDequeue(out int partition, out _))
        {
            UserPage page = _pages[partition];
            User user = page.Users[_positions[partition]++];
            users.Add(user);
            if (_positions[partition] == page.Users.Length && !page.IsLast && users.Count < query.Limit)
                await FillAsync(partition, user.Id);
            Enqueue(partition);
        }

        return users.DrainToImmutable();
    }

    private async Task FillAsync(int partition, long after)
    {
        _pages[partition] = await ask(partition, query with { After = after, Limit = pageSize });
        _positions[partition] = 0;
    }

    private void Enqueue(int partition)
    {
        if (_positions[partition] < _pages[partition].Users.Length)
            _order.Enqueue(partition, _pages[partition].Users[_positions[partition]].Id);
    }
}
