using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Gristmill.CodeGeneration;

/// <summary>
/// The strict JSON reader under generated code. Whatever the bytes of an input are, it throws nothing but
/// <see cref="InvalidTaskInputException"/>, which names the field by its path (<c>operands[3]</c>, <c>image.width</c>; <c>$</c> for the
/// whole input).
/// </summary>
/// <remarks>
/// The reader always stands on a token. <c>Read…</c> methods take the value it stands on and do not move. Paths cost nothing until
/// a failure: they are found by reading the text again up to the failing token. Not thread-safe; for generated code.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public ref struct TaskInputReader
{
    private static readonly JsonReaderOptions s_options = new() { MaxDepth = JsonPath.MaxDepth };

    private readonly ReadOnlySpan<byte> _json;
    private readonly TaskKind? _outputOf;

    // What a binary payload still has of elements; always empty for JSON.
    private ReadOnlyMemory<byte> _elements;
    private readonly bool _isBinary;
    private Utf8JsonReader _reader;

    // Stands on the first token. No bytes at all are an empty object.
    private TaskInputReader(ReadOnlySpan<byte> json, TaskKind? outputOf, ReadOnlyMemory<byte> elements = default, bool isBinary = false)
    {
        _json = json.IsEmpty ? "{}"u8 : json;
        _outputOf = outputOf;
        _elements = elements;
        _isBinary = isBinary;
        _reader = new Utf8JsonReader(_json, s_options);
        Advance();
    }

    /// <exception cref="InvalidTaskInputException">The payload has a format that the kind does not take, or does not start as that does.</exception>
    public static TaskInputReader ForInput(TaskPayload payload, TaskKind kind)
    {
        ArgumentNullException.ThrowIfNull(kind);
        if (payload.Format == PayloadFormat.Json)
            return new TaskInputReader(payload.Bytes.Span, outputOf: null);
        if (payload.Format != PayloadFormat.Binary || kind.BinaryInput.Count == 0)
            throw new InvalidTaskInputException(JsonPath.Root, $"{kind.Name} does not take the payload format {payload.Format}");
        return BinaryPayload.TrySplit(payload.Bytes, out ReadOnlyMemory<byte> elements, out ReadOnlyMemory<byte> json)
            ? new TaskInputReader(json.Span, outputOf: null, elements, isBinary: true)
            : throw new InvalidTaskInputException(JsonPath.Root, "is no binary payload: its end does not fit its length");
    }

    /// <summary>Reads what a kind wrote: the same rules, but a fault is a <see cref="FormatException"/>.</summary>
    public static TaskInputReader ForOutput(ReadOnlySpan<byte> json, TaskKind kind) => new(json, kind);

    /// <summary>Moves to the value of the one property of an object.</summary>
    public void BeginResult(ReadOnlySpan<byte> utf8Name, string name)
    {
        BeginObject();
        if (!NextProperty())
            Require(false, name);
        if (!NameIs(utf8Name))
            UnknownProperty(name);
        Advance();
    }

    /// <summary>Moves to the end of an object that has no further property.</summary>
    public void EndResult()
    {
        if (NextProperty())
            Fail("is one property too many");
    }

    public readonly void BeginObject()
    {
        if (_reader.TokenType != JsonTokenType.StartObject)
            FailType("an object");
    }

    /// <summary>Moves to the next property's name, or to the end of the object and returns false.</summary>
    public bool NextProperty()
    {
        Advance();
        if (_reader.TokenType != JsonTokenType.PropertyName)
            return false;
        // Comparing an escaped name that holds half a surrogate pair would throw.
        if (_reader.ValueIsEscaped && !TryGetText(out _))
            Fail("its name is not valid text");
        return true;
    }

    public readonly bool NameIs(ReadOnlySpan<byte> name) => _reader.ValueTextEquals(name);

    /// <summary>Takes the property that the reader stands on, and moves to its value.</summary>
    public void Accept(ref bool given)
    {
        if (given)
            Fail("is given twice");
        given = true;
        Advance();
    }

    /// <summary>Takes the property that the reader stands on, whatever its name, and moves to its value.</summary>
    public string TakeName()
    {
        if (!TryGetText(out string? name))
            Fail("its name is not valid text");
        Advance();
        return name;
    }

    [DoesNotReturn]
    public readonly void UnknownProperty(string known) =>
        Fail(known.Length == 0 ? "is not a known property; there are none" : $"is not a known property; known are: {known}");

    /// <summary>Called at the end of an object: fails when the property did not occur.</summary>
    public readonly void Require(bool given, string name)
    {
        if (given)
            return;
        string parent = PathHere();
        throw Fault(parent == JsonPath.Root ? name : $"{parent}.{name}", "is required");
    }

    /// <summary>Called at the end of the outermost value: nothing may follow, and no element be left.</summary>
    public void EndInput()
    {
        if (!_elements.IsEmpty)
            throw Fault(JsonPath.Root, $"has {_elements.Length} bytes of elements more than its arrays take");
        try
        {
            _reader.Read();
        }
        catch (JsonException)
        {
            throw Fault(JsonPath.Root, "is followed by more text");
        }
    }

    public readonly void BeginArray()
    {
        if (_reader.TokenType != JsonTokenType.StartArray)
            FailType("an array");
    }

    /// <summary>Moves to the next item, or to the end of the array and returns false.</summary>
    public bool NextItem()
    {
        Advance();
        return _reader.TokenType != JsonTokenType.EndArray;
    }

    public readonly bool IsNull => _reader.TokenType == JsonTokenType.Null;

    public readonly bool ReadBoolean()
    {
        if (_reader.TokenType is not (JsonTokenType.True or JsonTokenType.False))
            FailType("true or false");
        return _reader.TokenType == JsonTokenType.True;
    }

    public readonly string ReadString() => ReadText("a string");

    /// <summary>A number within the range of the type; floating-point numbers are finite.</summary>
    public readonly T ReadNumber<T>()
        where T : unmanaged, INumberBase<T>, IMinMaxValue<T>
    {
        if (_reader.TokenType != JsonTokenType.Number)
            FailType(JsonNumber.Describe<T>());
        if (!JsonNumber.TryRead(_reader, out T value))
            Fail($"must be {JsonNumber.Describe<T>()}");
        return value;
    }

    /// <summary>All numbers of an array: in pooled memory, or where a binary payload has them.</summary>
    public NumberBuffer<T> ReadNumbers<T>()
        where T : unmanaged, INumberBase<T>, IMinMaxValue<T>
    {
        if (_isBinary && _reader.TokenType == JsonTokenType.Number)
            return NumberBuffer.Over<T>(TakeElements(Unsafe.SizeOf<T>()));
        BeginArray();
        NumberBuffer<T> numbers = default;
        try
        {
            while (NextItem())
                numbers.Add(ReadNumber<T>());
            return numbers;
        }
        catch
        {
            numbers.Dispose();
            throw;
        }
    }

    /// <summary>Bytes written as base 64, or where a binary payload has them.</summary>
    public NumberBuffer<byte> ReadByteNumbers() =>
        _isBinary && _reader.TokenType == JsonTokenType.Number ? NumberBuffer.Over<byte>(TakeElements(1)) : NumberBuffer.FromBytes(ReadBytes());

    /// <summary>Bytes written as base 64.</summary>
    public readonly byte[] ReadBytes()
    {
        const string Expected = "a string of base 64";
        if (_reader.TokenType != JsonTokenType.String)
            FailType(Expected);
        if (!_reader.ValueIsEscaped && _reader.TryGetBytesFromBase64(out byte[]? bytes))
            return bytes;
        string text = ReadText(Expected);
        byte[] decoded = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, decoded, out int count))
            Fail($"must be {Expected}");
        return decoded[..count];
    }

    public readonly Guid ReadGuid()
    {
        const string Expected = "a GUID such as 01234567-89ab-cdef-0123-456789abcdef";
        if (!Guid.TryParseExact(ReadText(Expected), "D", out Guid value))
            Fail($"must be {Expected}");
        return value;
    }

    /// <summary>An RFC 3339 time with its offset.</summary>
    public readonly DateTimeOffset ReadDateTimeOffset()
    {
        const string Expected = "a time such as 2026-01-31T12:00:00Z";
        string text = ReadText(Expected);
        // Without an offset the result would depend on the machine's time zone.
        bool hasOffset = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-');
        if (!hasOffset || !DateTimeOffset.TryParseExact(
            text, "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset value))
        {
            Fail($"must be {Expected}");
            value = default;
        }

        return value;
    }

    /// <summary>Seconds as a number, or a text that <see cref="Duration"/> reads.</summary>
    public readonly TimeSpan ReadDuration()
    {
        const string Expected = "a duration: seconds, or a text such as 30s, 5m or PT30S";
        TimeSpan value = default;
        if (_reader.TokenType == JsonTokenType.Number)
        {
            if (!_reader.TryGetDecimal(out decimal seconds) || !JsonNumber.TryGetDuration(seconds, out value))
                Fail($"must be {Expected}");
        }
        else if (!Duration.TryParse(ReadText(Expected), out value))
        {
            Fail($"must be {Expected}");
        }

        return value;
    }

    /// <summary>Fails with a reason that reads on from the field's name.</summary>
    [DoesNotReturn]
    public readonly void Fail(string reason) => throw Fault(PathHere(), reason);

    // The number that the reader stands on says how many.
    private ReadOnlyMemory<byte> TakeElements(int elementBytes)
    {
        long count = ReadNumber<long>();
        if (count < 0 || count > _elements.Length / elementBytes)
            Fail($"must be a number of elements that the payload has: {_elements.Length} bytes are left, and an element takes {elementBytes}");
        ReadOnlyMemory<byte> taken = _elements[..(int)(count * elementBytes)];
        _elements = _elements[taken.Length..];
        return taken;
    }

    private readonly string ReadText(string expected)
    {
        if (_reader.TokenType != JsonTokenType.String)
            FailType(expected);
        if (!TryGetText(out string? text))
            Fail("is not valid text: it holds broken UTF-8 or half a surrogate pair");
        return text;
    }

    private readonly bool TryGetText([NotNullWhen(true)] out string? text)
    {
        try
        {
            text = _reader.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            text = null;
            return false;
        }
    }

    private void Advance()
    {
        try
        {
            _reader.Read();
        }
        catch (JsonException e)
        {
            throw Fault(JsonPath.At(_json, long.MaxValue), $"is malformed JSON: {e.Message}");
        }
    }

    private readonly Exception Fault(string path, string reason) => _outputOf is null
        ? new InvalidTaskInputException(path, reason)
        : new FormatException($"The bytes are no output of {_outputOf.Name}: {path}: {reason}.");

    private readonly string PathHere() => JsonPath.At(_json, _reader.TokenStartIndex);

    [DoesNotReturn]
    private readonly void FailType(string expected) => Fail($"must be {expected}, and not {_reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        _ => "null",
    }}");
}
