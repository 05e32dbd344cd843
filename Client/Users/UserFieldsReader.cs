using System.Collections.Immutable;
using System.Text.Json;
using Gristmill.Client.Errors;
using Gristmill.Client.Json;
using Gristmill.Grains.Users;

namespace Gristmill.Client.Users;

/// <summary>Reads and checks the body of a user write.</summary>
internal static class UserFieldsReader
{
    public static async ValueTask<UserFields> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        (JsonDocument document, JsonFields fields) = await JsonBody.ReadObjectAsync(request, cancellationToken);
        using (document)
            return Read(fields);
    }

    /// <summary>Reads an array of users. The first that is wrong refuses all, and is named by its index.</summary>
    public static async ValueTask<ImmutableArray<UserFields>> ReadManyAsync(HttpRequest request, int max, CancellationToken cancellationToken)
    {
        using JsonDocument document = await JsonBody.ReadAsync(request, cancellationToken);
        JsonElement list = document.RootElement;
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
            throw RequestException.BadRequest("The body must be a JSON array of at least one user.");
        if (list.GetArrayLength() > max)
            throw RequestException.TooLarge($"The batch has {list.GetArrayLength()} users; at most {max} are taken at once.");

        ImmutableArray<UserFields>.Builder users = ImmutableArray.CreateBuilder<UserFields>(list.GetArrayLength());
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object)
                throw RequestException.BadField($"[{users.Count}]", "must be a JSON object");
            try
            {
                users.Add(Read(new JsonFields(item)));
            }
            catch (RequestException wrong)
            {
                throw RequestException.BadFields(wrong.Error.Fields.ToImmutableDictionary(field => $"[{users.Count}].{field.Key}", field => field.Value));
            }
        }

        return users.MoveToImmutable();
    }

    private static UserFields Read(JsonFields fields)
    {
        string? name = fields.Text("name", required: true);
        string? email = fields.Text("email", required: true);
        bool active = fields.Bool("active") ?? true;

        // A client may send back what it was given.
        fields.Ignore("id");
        fields.Ignore("created_at");

        CheckText(fields, "name", name);
        CheckText(fields, "email", email);
        if (name is not null)
        {
            if (string.IsNullOrWhiteSpace(name))
                fields.Error("name", "must not be empty");
            else if (IsLonger(name, UserInput.MaxNameLength))
                fields.Error("name", $"must have at most {UserInput.MaxNameLength} characters");
        }

        if (email is not null)
        {
            if (!email.Contains('@', StringComparison.Ordinal))
                fields.Error("email", "must hold an '@'");
            else if (IsLonger(email, UserInput.MaxEmailLength))
                fields.Error("email", $"must have at most {UserInput.MaxEmailLength} characters");
        }

        fields.ThrowIfInvalid();
        return new UserFields(name!, email!, active);
    }

    private static void CheckText(JsonFields fields, string field, string? text)
    {
        // Stores and C code end a text there.
        if (text is not null && text.Contains('\0', StringComparison.Ordinal))
            fields.Error(field, "must not hold U+0000");
    }

    private static bool IsLonger(string text, int characters)
    {
        // A character outside the basic plane takes two UTF-16 units and counts once.
        if (text.Length <= characters)
            return false;
        if (text.Length > 2 * characters)
            return true;
        return text.EnumerateRunes().Skip(characters).Any();
    }
}
