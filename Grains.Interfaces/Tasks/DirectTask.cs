namespace Gristmill.Grains.Tasks;

/// <summary>A task that lives only as long as the call that brings it.</summary>
/// <param name="Id">Its id, for logs and traces.</param>
/// <param name="Kind">A registered kind.</param>
/// <param name="Input">The input bytes; not changed by anyone after the call.</param>
/// <param name="Format">How to read <paramref name="Input"/>.</param>
/// <param name="Priority">0 to 9, 9 first.</param>
/// <param name="Timeout">How long the handler may run; null means the kind's default.</param>
/// <param name="Deadline">Finish by; null means never too late.</param>
/// <param name="MaxAttempts">Attempts in all; null means the kind's default.</param>
/// <param name="OutputFormat">How the output is to be written.</param>
[GenerateSerializer, Immutable, Alias("gm.DirectTask")]
public sealed record DirectTask(
    [property: Id(0)] TaskId Id,
    [property: Id(1)] string Kind,
    [property: Id(2)] ReadOnlyMemory<byte> Input,
    [property: Id(3)] PayloadFormat Format = PayloadFormat.Json,
    [property: Id(4)] int Priority = 5,
    [property: Id(5)] TimeSpan? Timeout = null,
    [property: Id(6)] DateTimeOffset? Deadline = null,
    [property: Id(7)] int? MaxAttempts = null,
    [property: Id(8)] PayloadFormat OutputFormat = PayloadFormat.Json);

/// <summary>How a task ended.</summary>
/// <param name="State">A terminal state.</param>
/// <param name="Output">The output in the format asked for; empty unless the task succeeded.</param>
/// <param name="Error">Why it did not succeed; null when it did.</param>
/// <param name="Attempts">Handlers started.</param>
/// <param name="StartedAt">When the first handler began; null when none did.</param>
/// <param name="FinishedAt">When the task ended.</param>
/// <param name="Silo">The silo that ran it: the executor's key.</param>
[GenerateSerializer, Immutable, Alias("gm.TaskOutcome")]
public sealed record TaskOutcome(
    [property: Id(0)] TaskState State,
    [property: Id(1)] ReadOnlyMemory<byte> Output,
    [property: Id(2)] TaskError? Error,
    [property: Id(3)] int Attempts,
    [property: Id(4)] DateTimeOffset? StartedAt,
    [property: Id(5)] DateTimeOffset FinishedAt,
    [property: Id(6)] string Silo);
