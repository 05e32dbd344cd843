using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Gristmill.Client.Errors;
using Gristmill.Client.Json;

namespace Gristmill.Client.Tasks;

/// <summary>
/// Reads tasks from JSON in one pass: a batch may bring thousands. Every mistake of a task is collected, so that a client hears of all of them
/// at once. What the input holds is checked by its kind, on the silo. What is no JSON is a <see cref="JsonException"/>.
/// </summary>
internal ref partial struct TaskReader
{
    private readonly ReadOnlySpan<byte> _text;
    private readonly DateTimeOffset _now;
    private Utf8JsonReader _json;
    private FieldErrors _errors;

    // Tasks of a batch are alike: a text that was just read is not made again.
    private string? _lastKind;
    private string? _lastQueue;

    private TaskReader(ReadOnlySpan<byte> text, DateTimeOffset now)
    {
        _text = text;
        _now = now;
        _json = new Utf8JsonReader(text, JsonBody.ReaderOptions);
        _json.Read();
    }

    /// <summary>Reads one task.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="now">Where a delay begins.</param>
    /// <param name="withKey">Whether it comes with an idempotency key: then it has a <see cref="TaskFields.Hash"/>, and its partition looks at the deadline.</param>
    /// <exception cref="RequestException">400: it is no task.</exception>
    public static TaskFields ReadOne(ReadOnlySpan<byte> text, DateTimeOffset now, bool withKey)
    {
        var reader = new TaskReader(text, now);
        if (reader._json.TokenType != JsonTokenType.StartObject)
            throw RequestException.BadRequest("The body must be a JSON object.");
        TaskItem item = reader.ReadItem(withKey);
        reader.ExpectEnd();
        return item.Error is null ? item.Fields : throw new RequestException(StatusCodes.Status400BadRequest, item.Error);
    }

    /// <summary>Reads an array of durable tasks, each by itself.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="now">Where a delay begins.</param>
    /// <param name="withKey">Whether it comes with an idempotency key: then it has a <see cref="TaskFields.Hash"/>, and its partition looks at the deadline.</param>
    /// <param name="max">Tasks at most.</param>
    /// <exception cref="RequestException">400: no array, or an empty one; 413: more than <paramref name="max"/>.</exception>
    public static List<TaskItem> ReadMany(ReadOnlySpan<byte> text, DateTimeOffset now, bool withKey, int max)
    {
        var reader = new TaskReader(text, now);
        if (reader._json.TokenType != JsonTokenType.StartArray)
            throw RequestException.BadRequest("The body must be a JSON array of at least one task.");

        List<TaskItem> items = [];
        while (reader._json.Read() && reader._json.TokenType != JsonTokenType.EndArray)
        {
            if (items.Count == max)
                throw RequestException.TooLarge($"The batch has more than {max} tasks, which is what is taken at once.");
            items.Add(reader.ReadBatchItem(withKey));
        }

        reader.ExpectEnd();
        return items.Count > 0 ? items : throw RequestException.BadRequest("The body must be a JSON array of at least one task.");
    }

    private TaskItem ReadBatchItem(bool withKey)
    {
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            _json.Skip();
            return new TaskItem(default, new TaskError(ErrorCodes.InvalidInput, "A task must be a JSON object.", IsTransient: false));
        }

        TaskItem item = ReadItem(withKey);
        if (item.Error is not null || item.Fields.IsDurable)
            return item;
        return new TaskItem(default, RequestException.InvalidFields(
            ImmutableDictionary<string, string>.Empty.Add("durability", "must be \"durable\": a batch is answered before its tasks have run")));
    }

    // From the start of an object to its end.
    private TaskItem ReadItem(bool withKey)
    {
        int start = (int)_json.TokenStartIndex;
        _errors = default;
        Parts parts = default;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
            ReadProperty(ref parts);

        TaskFields fields = Check(parts, withKey);
        if (_errors.ToError() is { } error)
            return new TaskItem(default, error);
        return new TaskItem(withKey ? fields with { Hash = SHA256.HashData(_text[start..(int)_json.BytesConsumed]) } : fields, null);
    }

    private void ExpectEnd()
    {
        // Throws when something follows.
        _json.Read();
    }
}
