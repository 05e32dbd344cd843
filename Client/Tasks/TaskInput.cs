using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace Gristmill.Client.Tasks;

/// <summary>What a client sends to run a task; <see cref="TaskReader"/> reads it.</summary>
internal sealed record TaskInput(
    [property: Description("A name from /task-kinds.")] string Kind,
    [property: Description("The kind's input object.")] JsonElement Input,
    [property: AllowedValues("durable", "none"), DefaultValue("durable"), Description("\"durable\": kept until it is over, whatever happens. \"none\": lives only as long as this request, and takes none of the fields from queue on.")] string? Durability = null,
    [property: Range(0, 9), DefaultValue(5), Description("9 first.")] int? Priority = null,
    [property: Description("How long the handler may run: 30 (seconds), \"30s\", \"5m\" or \"PT30S\". The kind has a default.")] JsonElement? Timeout = null,
    [property: Description("Finish by; RFC 3339.")] DateTimeOffset? Deadline = null,
    [property: Range(1, TaskReader.MaxMaxAttempts), Description("Attempts in all. The kind has a default.")] int? MaxAttempts = null,
    [property: MaxLength(TaskReader.MaxQueueLength), Description("ASCII letters, digits, '.', '_' and '-'. The kind has a default.")] string? Queue = null,
    [property: MaxLength(TaskReader.MaxQueueKeyLength), Description("What the queue's limits per key count by, such as a customer.")] string? QueueKey = null,
    [property: Description("Not before; RFC 3339.")] DateTimeOffset? RunAt = null,
    [property: Description("Not before this long from now, instead of runAt; as timeout.")] JsonElement? Delay = null,
    [property: MaxLength(TaskReader.MaxTags), Description("To find the task by.")] string[]? Tags = null,
    [property: Description("The id of the user that the task belongs to.")] long? Owner = null);
