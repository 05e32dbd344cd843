using System.Collections.Immutable;
using Microsoft.Extensions.Options;

namespace Gristmill.Grains.Users;

/// <summary>
/// Tells the directory of writes: after the store has them, before they are acknowledged. When a call to the directory fails, or nobody knows how
/// a write ended, the directory reads those records from the store itself, again and again until it has. Safe from any thread.
/// </summary>
internal sealed class UserDirectory(IGrainFactory grains, UserDirectoryRepairs repairs, IOptions<UserOptions> options, TimeProvider time)
{
    /// <summary>How long a writer waits for a failed call to be made good. After that its caller hears that the outcome is unknown.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public async Task UpsertAsync(ImmutableArray<User> users)
    {
        int partitions = options.Value.DirectoryPartitions;
        if (users.Length == 1)
            await TellAsync(users, grains.GetGrain<IUserDirectoryGrain>(users[0].Id % partitions).UpsertAsync(users));
        else
            await Task.WhenAll(users.GroupBy(user => user.Id % partitions).Select(UpsertPartitionAsync));
    }

    public Task RemoveAsync(User user) =>
        TellAsync([user], grains.GetGrain<IUserDirectoryGrain>(user.Id % options.Value.DirectoryPartitions).RemoveAsync(user.Id, user.Version));

    /// <summary>Nobody knows what the store holds of these now; it will be found out behind the caller's back.</summary>
    public void Doubt(IEnumerable<long> ids)
    {
        foreach (long id in ids)
            _ = repairs.RepairAsync(id);
    }

    private Task UpsertPartitionAsync(IGrouping<long, User> partition)
    {
        ImmutableArray<User> users = [.. partition];
        return TellAsync(users, grains.GetGrain<IUserDirectoryGrain>(partition.Key).UpsertAsync(users));
    }

    private async Task TellAsync(ImmutableArray<User> users, Task call)
    {
        try
        {
            await call;
        }
        catch (Exception)
        {
            // Whatever it was: the records are stored, so the directory has to know. It reads them, because by the time it hears of it they may
            // have changed once more.
            await Task.WhenAll(users.Select(user => repairs.RepairAsync(user.Id))).WaitAsync(s_patience, time);
        }
    }
}
