using System.Runtime.InteropServices;
using System.Text.Json;
using Gristmill.Client.Errors;
using Gristmill.Client.Json;
using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Tasks;

/// <summary>Reads and checks a task submission. What the input holds is checked by its kind, on the silo.</summary>
internal static class TaskSubmission
{
    private const int MaxKindLength = 200;

    private static readonly TimeSpan s_maxTimeout = TimeSpan.FromHours(24);

    public static async ValueTask<DirectTask> ReadAsync(HttpRequest request, TimeProvider time, CancellationToken cancellationToken)
    {
        (JsonDocument document, JsonFields fields) = await JsonBody.ReadObjectAsync(request, cancellationToken);
        using (document)
        {
            return Read(fields, request.Headers, time);
        }
    }

    /// <summary>Checks a submission whose fields were read before.</summary>
    internal static DirectTask Read(JsonFields fields, IHeaderDictionary headers, TimeProvider time)
    {
        string? kind = fields.Text("kind", required: true);
        JsonElement? input = fields.Any("input", required: true);
        string? durability = fields.Text("durability");
        int? priority = fields.Int("priority", 0, 9);
        TimeSpan? timeout = fields.LengthOfTime("timeout", s_maxTimeout);
        DateTimeOffset? deadline = fields.Time("deadline");
        int? maxAttempts = fields.Int("maxAttempts", 1, TaskInput.MaxMaxAttempts);

        if (durability != "none")
            fields.Error("durability", "must be \"none\": this version does not store tasks");
        if (input is { ValueKind: not JsonValueKind.Object })
            fields.Error("input", "must be a JSON object");
        if (deadline is { } finishBy && finishBy <= time.GetUtcNow())
            fields.Error("deadline", "must lie in the future");

        if (kind?.Length > MaxKindLength)
            fields.Error("kind", $"must have at most {MaxKindLength} characters");

        fields.ThrowIfInvalid();
        if (headers.ContainsKey("Idempotency-Key"))
            throw RequestException.BadField("Idempotency-Key", "needs a durable task: nothing is kept of one with durability \"none\"");
        byte[] bytes = JsonMarshal.GetRawUtf8Value(input!.Value).ToArray();
        // A task that is not stored belongs to no partition.
        return new DirectTask(TaskId.New(partition: 0, time), kind!, bytes, PayloadFormat.Json, priority ?? 5, timeout, deadline, maxAttempts);
    }
}
