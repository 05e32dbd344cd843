using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Tasks;

/// <content>The properties of a task.</content>
internal ref partial struct TaskReader
{
    public const int MaxTags = 20;
    public const int MaxTagLength = 100;
    public const int MaxQueueLength = 100;
    public const int MaxMaxAttempts = 100;
    private const int MaxKindLength = 200;
    public const int MaxQueueKeyLength = 200;

    private static readonly TimeSpan s_maxTimeout = TimeSpan.FromHours(24);
    private static readonly TimeSpan s_maxDelay = TimeSpan.FromDays(3650);

    private static readonly (string Text, byte[] Utf8)[] s_names =
    [
        .. Enum.GetNames<Property>().Select(name => JsonNamingPolicy.CamelCase.ConvertName(name)).Select(name => (name, Encoding.UTF8.GetBytes(name))),
    ];

    private static readonly string s_known = $"is not one of {string.Join(", ", s_names.Select(name => name.Text))}";

    // Named as clients write them, but for the first letter.
    private enum Property
    {
        Kind,
        Input,
        Durability,
        Priority,
        Queue,
        QueueKey,
        RunAt,
        Delay,
        Deadline,
        Timeout,
        MaxAttempts,
        Tags,
        Owner,
    }

    private void ReadProperty(ref Parts parts)
    {
        if (!TryFindProperty(out Property property))
        {
            _json.Skip();
            return;
        }

        string name = s_names[(int)property].Text;
        if ((parts.Given & (1 << (int)property)) != 0)
            _errors.Add(name, "is given twice");
        parts.Given |= 1 << (int)property;
        _json.Read();
        if (_json.TokenType == JsonTokenType.Null)
            return;

        switch (property)
        {
            case Property.Kind:
                parts.Kind = _lastKind = ReadText(name, MaxKindLength, _lastKind);
                break;
            case Property.Input:
                parts.Input = ReadInput(name);
                break;
            case Property.Durability:
                parts.Durability = ReadText(name, MaxKindLength, "durable");
                break;
            case Property.Priority:
                parts.Priority = ReadInt(name, 0, 9);
                break;
            case Property.Queue:
                parts.Queue = _lastQueue = ReadQueue(name);
                break;
            case Property.QueueKey:
                parts.QueueKey = ReadText(name, MaxQueueKeyLength);
                break;
            case Property.RunAt:
                parts.RunAt = ReadTime(name);
                break;
            case Property.Delay:
                parts.Delay = ReadLengthOfTime(name, TimeSpan.Zero, s_maxDelay);
                break;
            case Property.Deadline:
                parts.Deadline = ReadTime(name);
                break;
            case Property.Timeout:
                parts.Timeout = ReadLengthOfTime(name, TimeSpan.FromMilliseconds(1), s_maxTimeout);
                break;
            case Property.MaxAttempts:
                parts.MaxAttempts = ReadInt(name, 1, MaxMaxAttempts);
                break;
            case Property.Tags:
                parts.Tags = ReadTags(name);
                break;
            default:
                parts.Owner = ReadOwner(name);
                break;
        }
    }

    private bool TryFindProperty(out Property property)
    {
        property = default;
        string? unknown = null;
        if (_json.ValueIsEscaped)
        {
            // Comparing an escaped name that holds half a surrogate pair would throw.
            if (!TryGetText(out unknown))
            {
                _errors.Add("body", "has a property name with a surrogate without its pair");
                return false;
            }
        }

        for (int i = 0; i < s_names.Length; i++)
        {
            if (!_json.ValueTextEquals(s_names[i].Utf8))
                continue;
            property = (Property)i;
            return true;
        }

        _errors.Add(unknown ?? _json.GetString()!, s_known);
        return false;
    }

    private TaskFields Check(in Parts parts, bool withKey)
    {
        Require(Property.Kind, parts.Kind is not null);
        Require(Property.Input, !parts.Input.IsEmpty);
        bool durable = parts.Durability is null or "durable";
        if (!durable && parts.Durability != "none")
            _errors.Add("durability", "must be \"durable\" or \"none\"");
        if (parts is { RunAt: not null, Delay: not null })
            _errors.Add("delay", "must not be given beside runAt");

        DateTimeOffset? runAt = parts.Delay is { } delay ? _now + delay : parts.RunAt;
        if (runAt > _now + s_maxDelay)
            _errors.Add("runAt", $"must lie within {s_maxDelay.TotalDays:0} days");
        if (!withKey && TaskDeadline.FaultOf(parts.Deadline, runAt, _now) is { } late)
            _errors.Add("deadline", late);
        if (!durable)
            RefuseWhatNeedsStorage(parts);

        return new TaskFields
        {
            Kind = parts.Kind!,
            Input = parts.Input,
            IsDurable = durable,
            Priority = parts.Priority ?? 5,
            Tags = parts.Tags.IsDefault ? [] : parts.Tags,
            Queue = parts.Queue,
            QueueKey = parts.QueueKey,
            Owner = parts.Owner,
            RunAt = runAt,
            Timeout = parts.Timeout,
            Deadline = parts.Deadline,
            MaxAttempts = parts.MaxAttempts,
        };
    }

    private void Require(Property property, bool isThere)
    {
        // What is there and wrong has its error already, which counts.
        if (!isThere)
            _errors.Add(s_names[(int)property].Text, "is required");
    }

    private void RefuseWhatNeedsStorage(in Parts parts)
    {
        ReadOnlySpan<Property> stored = [Property.Queue, Property.QueueKey, Property.RunAt, Property.Delay, Property.Tags, Property.Owner];
        foreach (Property property in stored)
        {
            if ((parts.Given & (1 << (int)property)) != 0)
                _errors.Add(s_names[(int)property].Text, "needs a durable task: nothing is kept of one with durability \"none\"");
        }
    }

    // What was read of a task so far.
    private struct Parts
    {
        public int Given;
        public string? Kind;
        public ReadOnlyMemory<byte> Input;
        public string? Durability;
        public int? Priority;
        public string? Queue;
        public string? QueueKey;
        public DateTimeOffset? RunAt;
        public TimeSpan? Delay;
        public DateTimeOffset? Deadline;
        public TimeSpan? Timeout;
        public int? MaxAttempts;
        public ImmutableArray<string> Tags;
        public long? Owner;
    }
}
