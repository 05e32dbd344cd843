using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Gristmill.Grains.Users;

namespace Gristmill.Client.Users;

/// <summary>A user as clients see it.</summary>
internal sealed record UserView(
    long Id,
    string Name,
    string Email,
    [property: JsonPropertyName("created_at"), Description("Unix seconds.")] long CreatedAt,
    bool Active)
{
    public static UserView Of(User user) => new(user.Id, user.Name, user.Email, user.CreatedAt, user.Active);
}

/// <summary>The answer to a creation.</summary>
internal sealed record UserCreated(long Id, string Message);

/// <summary>The answer to the creation of many.</summary>
/// <param name="Ids">In the order of the request.</param>
internal sealed record UserBatchCreated(IReadOnlyList<long> Ids);

internal sealed record UserCount(long Count);

/// <summary>What a client sends to create or replace a user.</summary>
internal sealed record UserInput(
    [property: MaxLength(UserInput.MaxNameLength), Description("Not empty.")] string Name,
    [property: MaxLength(UserInput.MaxEmailLength), Description("Holds an '@'.")] string Email,
    [property: DefaultValue(true), Description("Missing means true.")] bool? Active = null)
{
    /// <summary>In Unicode characters.</summary>
    public const int MaxNameLength = 200;

    /// <inheritdoc cref="MaxNameLength"/>
    public const int MaxEmailLength = 320;
}
