namespace Gristmill.Grains.Users;

/// <summary>A user as stored.</summary>
/// <param name="Id">1 or more.</param>
/// <param name="Name">1 to 200 characters.</param>
/// <param name="Email">Holds an '@'; at most 320 characters.</param>
/// <param name="CreatedAt">Unix seconds.</param>
/// <param name="Active">False for a user that is switched off.</param>
/// <param name="ETag">Changes with every write; opaque to callers.</param>
[GenerateSerializer, Immutable, Alias("gm.UserRecord")]
public sealed record UserRecord(
    [property: Id(0)] long Id,
    [property: Id(1)] string Name,
    [property: Id(2)] string Email,
    [property: Id(3)] long CreatedAt,
    [property: Id(4)] bool Active,
    [property: Id(5)] string ETag);

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

    /// <summary>The record's ETag is another than the caller named, or the id to create is taken.</summary>
    PreconditionFailed = 2,
}

/// <summary>The outcome of a write.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="User">The record after the write; null after a delete and when nothing was written.</param>
[GenerateSerializer, Immutable, Alias("gm.UserWriteResult")]
public sealed record UserWriteResult(
    [property: Id(0)] UserWriteStatus Status,
    [property: Id(1)] UserRecord? User = null);
