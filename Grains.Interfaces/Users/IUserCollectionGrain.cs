using System.Collections.Immutable;

namespace Gristmill.Grains.Users;

/// <summary>The users as a whole: creation, lists, searches, the count. A stateless worker; the key is 0.</summary>
[Alias("gm.IUserCollectionGrain")]
public interface IUserCollectionGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Creates a record for each of <paramref name="users"/> in one transaction: all or none, also when the process is killed. Answers
    /// after they are on stable storage and lists, searches and counts show them.
    /// </summary>
    /// <param name="firstId">The id of the first; the others follow. Fresh ids from <see cref="IUserIdGrain"/>.</param>
    /// <param name="users">At least one.</param>
    /// <param name="cancellationToken">Gives up before the write begins.</param>
    [Alias("Create")]
    Task<ImmutableArray<User>> CreateAsync(long firstId, ImmutableArray<UserFields> users, CancellationToken cancellationToken = default);

    /// <summary>A page of all users, or of those that match, in id order.</summary>
    [Alias("List"), Repeatable]
    Task<ImmutableArray<User>> ListAsync(UserQuery query, CancellationToken cancellationToken = default);

    [Alias("Count"), Repeatable]
    Task<long> CountAsync(CancellationToken cancellationToken = default);
}

/// <summary>A question for users in id order.</summary>
/// <param name="After">Users with a higher id than this; 0 for the first page.</param>
/// <param name="Limit">Users at most, 1 or more.</param>
/// <param name="Text">What name or e-mail must contain, ordinal and ignoring case; null takes all.</param>
[GenerateSerializer, Immutable, Alias("gm.UserQuery")]
public sealed record UserQuery(
    [property: Id(0)] long After,
    [property: Id(1)] int Limit,
    [property: Id(2)] string? Text = null);
