using System.Collections.Immutable;
using Gristmill.Grains.Users;

namespace Gristmill.Client.Users;

/// <summary>
/// The users, through their grains. Every write answers after it is on stable storage, and a read, list or count that begins afterwards
/// sees it. Of a user handed in, name, e-mail and activity count. Safe from any thread.
/// </summary>
internal sealed class UserRepository(IGrainFactory grains, UserIds ids) : IRepository<User, long>
{
    private IUserCollectionGrain Users => grains.GetGrain<IUserCollectionGrain>(0);

    public async Task<User> CreateAsync(User item, CancellationToken cancellationToken = default)
    {
        long id = await ids.NextAsync(cancellationToken);
        return (await Users.CreateAsync(id, [FieldsOf(item)], cancellationToken))[0];
    }

    public async Task<ImmutableArray<User>> CreateManyAsync(ImmutableArray<UserFields> users, CancellationToken cancellationToken = default)
    {
        long first = await ids.NextAsync(users.Length, cancellationToken);
        return await Users.CreateAsync(first, users, cancellationToken);
    }

    public Task<User?> ReadAsync(long key, CancellationToken cancellationToken = default) =>
        grains.GetGrain<IUserGrain>(key).GetAsync(cancellationToken);

    public async Task<User?> UpdateAsync(long key, User item, CancellationToken cancellationToken = default) =>
        (await grains.GetGrain<IUserGrain>(key).UpdateAsync(FieldsOf(item), ifVersion: null, cancellationToken)).User;

    public async Task<bool> DeleteAsync(long key, CancellationToken cancellationToken = default) =>
        (await grains.GetGrain<IUserGrain>(key).DeleteAsync(ifVersion: null, cancellationToken)).Status == UserWriteStatus.Done;

    public async Task<IReadOnlyList<User>> ListAsync(long after, int limit, CancellationToken cancellationToken = default) =>
        await Users.ListAsync(new UserQuery(after, limit), cancellationToken);

    public async Task<IReadOnlyList<User>> SearchAsync(string text, long after, int limit, CancellationToken cancellationToken = default) =>
        await Users.ListAsync(new UserQuery(after, limit, text), cancellationToken);

    public Task<long> CountAsync(CancellationToken cancellationToken = default) => Users.CountAsync(cancellationToken);

    private static UserFields FieldsOf(User user) => new(user.Name, user.Email, user.Active);
}
