using System.Text.Json;
using Gristmill.Client.Errors;

namespace Gristmill.Client.Json;

/// <summary>
/// Takes the properties of a JSON object one by one and collects every mistake, so that a client hears of all of them at once. Each
/// method returns its type's default when the field is missing or wrong; <see cref="ThrowIfInvalid"/> speaks last. Not thread-safe.
/// </summary>
internal sealed class JsonFields(JsonElement body)
{
    private readonly HashSet<string> _known = [];
    private FieldErrors _errors;

    public void Error(string field, string problem) => _errors.Add(field, problem);

    /// <summary>Accepts a field without reading it.</summary>
    public void Ignore(string field) => _known.Add(field);

    /// <summary>A non-null value of any kind.</summary>
    public JsonElement? Any(string field, bool required = false)
    {
        _known.Add(field);
        if (body.TryGetProperty(field, out JsonElement value) && value.ValueKind != JsonValueKind.Null)
            return value;
        if (required)
            Error(field, "is required");
        return null;
    }

    /// <summary>The fields of an object within this one; their mistakes are <see cref="TakeErrors(string, JsonFields)"/>'s to take.</summary>
    public JsonFields? Object(string field)
    {
        if (Any(field) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Object)
            return new JsonFields(value);
        Error(field, "must be a JSON object");
        return null;
    }

    /// <summary>Takes over what is wrong with an object within this one.</summary>
    public void TakeErrors(string field, JsonFields inner)
    {
        inner.RefuseUnknown();
        if (inner._errors.ToError() is { } error)
            TakeErrors(field, error);
    }

    /// <inheritdoc cref="TakeErrors(string, JsonFields)"/>
    public void TakeErrors(string field, TaskError inner) => _errors.Take(field, inner);

    public string? Text(string field, bool required = false)
    {
        if (Any(field, required) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.String)
        {
            Error(field, "must be a string");
            return null;
        }

        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // An escaped surrogate without its pair: valid JSON text, but no Unicode string.
            Error(field, "holds a surrogate without its pair");
            return null;
        }
    }

    public bool? Bool(string field)
    {
        if (Any(field) is not { } value)
            return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        Error(field, "must be true or false");
        return null;
    }

    public int? Int(string field, int min, int max)
    {
        if (Any(field) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= min && number <= max)
            return number;
        Error(field, $"must be a whole number from {min} to {max}");
        return null;
    }

    public long? Long(string field, long min)
    {
        if (Any(field) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= min)
            return number;
        Error(field, $"must be a whole number from {min}");
        return null;
    }

    /// <summary>A length of time above zero, in one of the forms that <see cref="Duration"/> knows.</summary>
    public TimeSpan? LengthOfTime(string field, TimeSpan max)
    {
        if (Any(field) is not { } value)
            return null;
        TimeSpan duration = TimeSpan.Zero;
        bool understood = value.ValueKind switch
        {
            JsonValueKind.Number => Duration.TryParse(value.GetRawText(), out duration),
            JsonValueKind.String => Duration.TryParse(Text(field), out duration),
            _ => false,
        };
        if (understood && duration > TimeSpan.Zero && duration <= max)
            return duration;
        Error(field, $"must be a length of time such as 30, \"30s\", \"5m\" or \"PT30S\", above zero and at most {max.TotalSeconds:0} s");
        return null;
    }

    public DateTimeOffset? Time(string field)
    {
        // As text first, which says what cannot be unescaped.
        if (Text(field) is null || Any(field) is not { } value)
            return null;
        // A time without its zone would mean another moment on another machine.
        if (value.TryGetDateTimeOffset(out DateTimeOffset time)
            && value.TryGetDateTime(out DateTime plain) && plain.Kind != DateTimeKind.Unspecified)
        {
            return time;
        }

        Error(field, "must be a time in RFC 3339 form, such as \"2026-01-31T12:00:00Z\"");
        return null;
    }

    /// <exception cref="RequestException">A field was missing, wrong, or none that the operation knows.</exception>
    public void ThrowIfInvalid()
    {
        RefuseUnknown();
        if (_errors.ToError() is { } error)
            throw new RequestException(StatusCodes.Status400BadRequest, error);
    }

    private void RefuseUnknown()
    {
        foreach (JsonProperty property in body.EnumerateObject())
        {
            string name = property.Name;
            if (_known.Contains(name))
                continue;
            Error(name, $"is not one of {string.Join(", ", _known)}");
            if (_errors.IsFull)
                break;
        }
    }
}
