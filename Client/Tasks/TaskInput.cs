using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace Gristmill.Client.Tasks;

/// <summary>What a client sends to run a task; <see cref="TaskSubmission"/> reads it.</summary>
internal sealed record TaskInput(
    [property: Description("A name from /task-kinds.")] string Kind,
    [property: Description("The kind's input object.")] JsonElement Input,
    [property: AllowedValues("none"), Description("\"none\": the task lives only as long as this request.")] string Durability,
    [property: Range(0, 9), DefaultValue(5), Description("9 first.")] int? Priority = null,
    [property: Description("How long the handler may run: 30 (seconds), \"30s\", \"5m\" or \"PT30S\". The kind has a default.")] JsonElement? Timeout = null,
    [property: Description("Finish by; RFC 3339.")] DateTimeOffset? Deadline = null,
    [property: Range(1, TaskInput.MaxMaxAttempts), Description("Attempts in all. The kind has a default.")] int? MaxAttempts = null)
{
    public const int MaxMaxAttempts = 100;
}
