using System.Collections.Immutable;

namespace Gristmill.Grains.Tasks;

/// <summary>Knows the task kinds that the silos run. A stateless worker; the key is 0.</summary>
[Alias("gm.ITaskKindCatalogGrain")]
public interface ITaskKindCatalogGrain : IGrainWithIntegerKey
{
    /// <summary>All kinds, by name.</summary>
    [Alias("List"), Repeatable]
    Task<ImmutableArray<TaskKindInfo>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>One kind; when there is none, the answer names the nearest.</summary>
    [Alias("Find"), Repeatable]
    Task<TaskKindLookup> FindAsync(string kind, CancellationToken cancellationToken = default);
}

/// <summary>A task kind as clients see it.</summary>
/// <param name="Name">Dotted lower-case name.</param>
/// <param name="Description">One sentence.</param>
/// <param name="InputSchema">JSON Schema of the input object.</param>
/// <param name="OutputSchema">JSON Schema of the output object.</param>
/// <param name="Timeout">The default time-out of a handler.</param>
/// <param name="MaxAttempts">The default number of attempts.</param>
/// <param name="Queue">The default queue.</param>
/// <param name="BinaryInput">The arrays of the input that may come as raw little-endian elements, in the order of the schema.</param>
/// <param name="BinaryOutput">The element type where the result may leave as raw elements; null where it is JSON only.</param>
/// <param name="Assembly">The assembly that defines it.</param>
/// <param name="Version">That assembly's version.</param>
[GenerateSerializer, Immutable, Alias("gm.TaskKindInfo")]
public sealed record TaskKindInfo(
    [property: Id(0)] string Name,
    [property: Id(1)] string Description,
    [property: Id(2)] string InputSchema,
    [property: Id(3)] string OutputSchema,
    [property: Id(4)] TimeSpan Timeout,
    [property: Id(5)] int MaxAttempts,
    [property: Id(6)] string Queue,
    [property: Id(7)] ImmutableArray<BinaryArrayInfo> BinaryInput,
    [property: Id(8)] string? BinaryOutput,
    [property: Id(9)] string Assembly,
    [property: Id(10)] string Version);

/// <summary>The answer to a look-up.</summary>
/// <param name="Kind">The kind; null when there is none of that name.</param>
/// <param name="Nearest">Names that look like the one asked for, nearest first; empty when the kind was found.</param>
[GenerateSerializer, Immutable, Alias("gm.TaskKindLookup")]
public sealed record TaskKindLookup(
    [property: Id(0)] TaskKindInfo? Kind,
    [property: Id(1)] ImmutableArray<string> Nearest);
