using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Gristmill.Client.Tasks;

/// <content>The values of a task's properties. Each method takes the value it stands on, and gives the default for one that is wrong.</content>
internal ref partial struct TaskReader
{
    private static readonly SearchValues<char> s_queueCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>The rule for names of queues: they stand in paths.</summary>
    public static bool IsQueueName(string name) =>
        name.Length is > 0 and <= MaxQueueLength && !name.AsSpan().ContainsAnyExcept(s_queueCharacters);

    private string? ReadText(string name, int maxLength, string? likely = null)
    {
        if (_json.TokenType != JsonTokenType.String)
        {
            Refuse(name, "must be a string");
            return null;
        }

        if (likely is not null && !_json.ValueIsEscaped && _json.ValueTextEquals(likely))
            return likely;
        if (!TryGetText(out string? text))
            _errors.Add(name, "holds a surrogate without its pair");
        else if (text.Length == 0)
            _errors.Add(name, "must not be empty");
        else if (text.Length > maxLength)
            _errors.Add(name, $"must have at most {maxLength} characters");
        else if (text.AsSpan().IndexOfAnyInRange('\0', '\u001F') >= 0)
            _errors.Add(name, "must not hold control characters");
        else
            return text;
        return null;
    }

    private ReadOnlyMemory<byte> ReadInput(string name)
    {
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            Refuse(name, "must be a JSON object");
            return default;
        }

        int start = (int)_json.TokenStartIndex;
        _json.Skip();
        // A copy: the rest of the request must not live as long as its longest task.
        return _text[start..(int)_json.BytesConsumed].ToArray();
    }

    private string? ReadQueue(string name)
    {
        string? queue = ReadText(name, MaxQueueLength, _lastQueue);
        if (queue is null || ReferenceEquals(queue, _lastQueue) || IsQueueName(queue))
            return queue;
        _errors.Add(name, "must be made of ASCII letters, digits, '.', '_' and '-'");
        return null;
    }

    private int? ReadInt(string name, int min, int max)
    {
        if (_json.TokenType == JsonTokenType.Number && _json.TryGetInt32(out int number) && number >= min && number <= max)
            return number;
        Refuse(name, $"must be a whole number from {min} to {max}");
        return null;
    }

    private long? ReadOwner(string name)
    {
        if (_json.TokenType == JsonTokenType.Number && _json.TryGetInt64(out long id) && id > 0)
            return id;
        Refuse(name, "must be a user id: a whole number from 1");
        return null;
    }

    private DateTimeOffset? ReadTime(string name)
    {
        // A time without its zone would mean another moment on another machine. None has anything to escape, and undoing it may throw.
        if (_json.TokenType == JsonTokenType.String && !_json.ValueIsEscaped
            && _json.TryGetDateTimeOffset(out DateTimeOffset time)
            && _json.TryGetDateTime(out DateTime plain) && plain.Kind != DateTimeKind.Unspecified)
        {
            return time;
        }

        Refuse(name, "must be a time in RFC 3339 form, such as \"2026-01-31T12:00:00Z\"");
        return null;
    }

    private TimeSpan? ReadLengthOfTime(string name, TimeSpan min, TimeSpan max)
    {
        string? text = _json.TokenType switch
        {
            JsonTokenType.Number => Encoding.UTF8.GetString(_json.ValueSpan),
            JsonTokenType.String when TryGetText(out string? given) => given,
            _ => null,
        };
        if (Duration.TryParse(text, out TimeSpan duration) && duration >= min && duration <= max)
            return duration;
        string least = min == TimeSpan.Zero ? "not negative" : "at least 1 ms";
        Refuse(name, $"must be a length of time such as 30, \"30s\", \"5m\" or \"PT30S\", {least} and at most {max.TotalSeconds:0} s");
        return null;
    }

    private ImmutableArray<string> ReadTags(string name)
    {
        if (_json.TokenType != JsonTokenType.StartArray)
        {
            Refuse(name, "must be an array of strings");
            return default;
        }

        ImmutableArray<string>.Builder tags = ImmutableArray.CreateBuilder<string>();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (tags.Count == MaxTags)
            {
                _errors.Add(name, $"must have at most {MaxTags} entries");
                _json.Skip();
            }
            else if (ReadText(name, MaxTagLength) is { } tag && !tags.Contains(tag))
            {
                tags.Add(tag);
            }
        }

        return tags.DrainToImmutable();
    }

    private void Refuse(string name, string problem)
    {
        _errors.Add(name, problem);
        _json.Skip();
    }

    private readonly bool TryGetText([NotNullWhen(true)] out string? text)
    {
        try
        {
            text = _json.GetString();
            return text is not null;
        }
        catch (InvalidOperationException)
        {
            // An escaped surrogate without its pair: valid JSON text, but no Unicode string.
            text = null;
            return false;
        }
    }
}
