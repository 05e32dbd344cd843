namespace Gristmill.Grains.Users;

/// <summary>A user as stored.</summary>
/// <param name="Id">1 or more.</param>
/// <param name="Name">1 to 200 characters.</param>
/// <param name="Email">Holds an '@'; at most 320 characters.</param>
/// <param name="CreatedAt">Unix seconds.</param>
/// <param name="Active">False for a user that is switched off.</param>
/// <param name="Version">Rises with every write of the record; 0 for one that is not stored.</param>
[GenerateSerializer, Immutable, Alias("gm.User")]
public sealed record User(
    [property: Id(0)] long Id,
    [property: Id(1)] string Name,
    [property: Id(2)] string Email,
    [property: Id(3)] long CreatedAt,
    [property: Id(4)] bool Active,
    [property: Id(5)] long Version);

/// <summary>The part of a user that a client sets. The gateway has validated it.</summary>
[GenerateSerializer, Immutable, Alias("gm.UserFields")]
public sealed record UserFields(
    [property: Id(0)] string Name,
    [property: Id(1)] string Email,
    [property: Id(2)] bool Active);

/// <summary>How a write ended.</summary>
public enum UserWriteStatus
{
    Done = 0,
    NotFound = 1,

    /// <summary>The record's version is another than the caller named.</summary>
    PreconditionFailed = 2,
}

/// <summary>The outcome of a write.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="User">The record after the write; null after a delete and when nothing was written.</param>
[GenerateSerializer, Immutable, Alias("gm.UserWriteResult")]
public sealed record UserWriteResult(
    [property: Id(0)] UserWriteStatus Status,
    [property: Id(1)] User? User = null);
