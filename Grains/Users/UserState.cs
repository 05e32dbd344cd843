namespace Gristmill.Grains.Users;

/// <summary>What a user grain keeps. The id is the grain's key, the ETag the state's.</summary>
[GenerateSerializer, Immutable, Alias("gm.UserState")]
public sealed record UserState
{
    [Id(0)]
    public string Name { get; init; } = "";

    [Id(1)]
    public string Email { get; init; } = "";

    /// <summary>Unix seconds.</summary>
    [Id(2)]
    public long CreatedAt { get; init; }

    [Id(3)]
    public bool Active { get; init; }
}
