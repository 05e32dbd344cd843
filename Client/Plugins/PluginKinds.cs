using System.Text.Json;

namespace Gristmill.Client.Plugins;

/// <summary>
/// Looks at a kind before the host does. The generator's are sound; one that somebody wrote by hand could fail in the middle of
/// <c>/task-kinds</c> or of the host's start.
/// </summary>
internal static class PluginKinds
{
    /// <exception cref="PluginException">A fact of the kind cannot be; whatever a getter throws comes through as it is.</exception>
    public static void Check(TaskKind kind)
    {
        string name = kind.Name;
        if (!TaskNames.IsKind(name))
            throw new PluginException($"'{name}' is no name of a task kind: write words joined by dots that begin with a lower-case letter");
        CheckSchema(name, nameof(kind.InputSchema), kind.InputSchema);
        CheckSchema(name, nameof(kind.OutputSchema), kind.OutputSchema);
        if (kind.Timeout <= TimeSpan.Zero)
            throw new PluginException($"the {nameof(kind.Timeout)} of '{name}' is {kind.Timeout}: it must be above zero");
        if (kind.MaxAttempts < 1)
            throw new PluginException($"the {nameof(kind.MaxAttempts)} of '{name}' is {kind.MaxAttempts}: it must be 1 or more");
        if (!TaskNames.IsKind(kind.Queue))
            throw new PluginException($"the {nameof(kind.Queue)} of '{name}' is '{kind.Queue}', which is no name of a queue");
        if (kind.Description is null || kind.BinaryInput is not { } arrays || arrays.Any(static array => array is null))
            throw new PluginException($"'{name}' has no {nameof(kind.Description)}, or no list {nameof(kind.BinaryInput)}");
        _ = kind.BinaryOutput;
    }

    private static void CheckSchema(string kind, string property, string? schema)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(schema ?? "");
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new PluginException($"the {property} of '{kind}' is no JSON object");
        }
        catch (JsonException exception)
        {
            throw new PluginException($"the {property} of '{kind}' is no JSON: {exception.Message}", exception);
        }
    }
}
