namespace Gristmill.Storage;

/// <summary>A user as a store keeps it.</summary>
/// <param name="Id">1 to <see cref="MaxId"/>.</param>
/// <param name="Name">Well-formed Unicode without U+0000; comes back byte for byte.</param>
/// <param name="Email">As <paramref name="Name"/>.</param>
/// <param name="CreatedAt">Unix seconds.</param>
/// <param name="Active">False for a user that is switched off.</param>
/// <param name="Version">
/// Set by the store, 1 or more. Every write of an id gives it a higher version than any it had before, also when the id was deleted
/// and is created again. So the version can serve as an ETag, and orders the writes of one id.
/// </param>
public sealed record StoredUser(long Id, string Name, string Email, long CreatedAt, bool Active, long Version = 0)
{
    /// <summary>The highest id: 2^53 - 1, the last whole number that every JSON reader keeps exact.</summary>
    public const long MaxId = (1L << 53) - 1;

    /// <summary>Refuses what a store does not take, before anything is queued.</summary>
    /// <exception cref="ArgumentException">The id is out of range, or a text is not well-formed Unicode or holds U+0000.</exception>
    internal static void Check(StoredUser user)
    {
        ArgumentNullException.ThrowIfNull(user);
        ArgumentOutOfRangeException.ThrowIfLessThan(user.Id, 1, nameof(user));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(user.Id, MaxId, nameof(user));
        StoredText.Check(user.Name, nameof(Name));
        StoredText.Check(user.Email, nameof(Email));
    }
}
