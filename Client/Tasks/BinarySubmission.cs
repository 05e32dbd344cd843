using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Gristmill.Client.Errors;
using Gristmill.Client.Json;
using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Tasks;

/// <summary>
/// Reads a submission whose body is arrays of numbers, as <see cref="BinaryPayload"/> wants them, and the rest of it from the query. What the
/// arrays hold is checked by the kind, on the silo.
/// </summary>
internal static class BinarySubmission
{
    private const int FirstBytes = 4096;

    /// <summary>The task but for its arrays. Values of the query are texts, except those that are no text in a JSON body either.</summary>
    /// <exception cref="RequestException">The query is no submission.</exception>
    public static TaskFields ReadQuery(HttpRequest request, DateTimeOffset now, bool withKey)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            if (!request.Query.ContainsKey("input"))
            {
                json.WriteStartObject("input");
                json.WriteEndObject();
            }

            foreach ((string name, string? value) in request.Query.Where(q => q.Key != "wait").Select(q => (q.Key, (string?)q.Value)))
            {
                json.WritePropertyName(name);
                if (name is "input" or "priority" or "maxAttempts")
                    WriteParsed(json, name, value ?? "");
                else
                    json.WriteStringValue(value);
            }

            json.WriteEndObject();
        }

        return TaskReader.ReadOne(bytes.WrittenSpan, now, withKey);
    }

    /// <summary>The task with the body's arrays.</summary>
    /// <exception cref="RequestException">The kind takes no arrays, or the body does not hold those that the input names.</exception>
    /// <exception cref="BadHttpRequestException">The body is over the limit.</exception>
    public static async Task<TaskFields> ReadBodyAsync(TaskFields task, TaskKindInfo kind, HttpRequest request, CancellationToken cancellationToken)
    {
        await JsonBody.RefuseTooLargeAsync(request, cancellationToken);
        var body = new MemoryStream((int)Math.Min(Array.MaxLength, (request.ContentLength ?? 0) + task.Input.Length + FirstBytes));
        await request.Body.CopyToAsync(body, cancellationToken);
        if (kind.BinaryInput.IsEmpty)
        {
            return body.Length == 0
                ? task
                : throw BinaryTaskEndpoints.Refused(StatusCodes.Status415UnsupportedMediaType, $"{kind.Name} takes no array of numbers: send its input as JSON.");
        }

        using JsonDocument input = JsonDocument.Parse(task.Input);
        BinaryPayload.Finish(body, WriteCounts(input.RootElement, kind, body.Length).WrittenSpan);
        Memory<byte> whole = body.GetBuffer().AsMemory(0, (int)body.Length);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(task.Hash.Span);
        hash.AppendData(whole.Span);
        return task with { Input = whole, Format = PayloadFormat.Binary, Hash = hash.GetHashAndReset() };
    }

    /// <summary>The input with a count for every array that it does not name: those share what the others leave.</summary>
    private static ArrayBufferWriter<byte> WriteCounts(JsonElement input, TaskKindInfo kind, long bodyBytes)
    {
        long left = bodyBytes;
        foreach (BinaryArrayInfo array in kind.BinaryInput)
        {
            if (input.TryGetProperty(array.Name, out JsonElement count) && count.ValueKind == JsonValueKind.Number)
                left -= count.TryGetInt32(out int elements) && elements >= 0 ? (long)elements * array.ElementBytes : left + 1;
        }

        BinaryArrayInfo[] rest = [.. kind.BinaryInput.Where(array => !input.TryGetProperty(array.Name, out _))];
        int stride = rest.Sum(array => array.ElementBytes);
        if (left < 0 || (stride == 0 ? left > 0 : left % stride != 0))
            throw RequestException.BadField("body", $"has {bodyBytes} bytes, which is not what {Describe(kind)} take");

        var json = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(json);
        writer.WriteStartObject();
        foreach (JsonProperty property in input.EnumerateObject())
            property.WriteTo(writer);
        foreach (BinaryArrayInfo array in rest)
            writer.WriteNumber(array.Name, left / stride);
        writer.WriteEndObject();
        writer.Flush();
        return json;
    }

    private static string Describe(TaskKindInfo kind) =>
        string.Join(" and ", kind.BinaryInput.Select(array => $"{array.Name} ({array.ElementType})"));

    private static void WriteParsed(Utf8JsonWriter json, string name, string text)
    {
        try
        {
            using JsonDocument value = JsonDocument.Parse(text, JsonBody.Options);
            value.RootElement.WriteTo(json);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw RequestException.BadField(name, "is not JSON");
        }
    }
}
