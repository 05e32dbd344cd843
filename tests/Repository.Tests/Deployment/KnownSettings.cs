namespace Gristmill.Repository.Tests.Deployment;

/// <summary>The settings that a process of ours takes from its environment: those of docs/configuration.md, and a few of the framework.</summary>
internal static class KnownSettings
{
    private static readonly HashSet<string> s_framework =
        ["ASPNETCORE_URLS", "DOTNET_EnableDiagnostics", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_SERVICE_NAME", "Logging__Console__FormatterName"];

    // The silo refuses others, and a test compares its options with the document.
    private static readonly HashSet<string> s_documented =
        [.. RepositoryFiles.Read("docs/configuration.md").Split('\n')
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1].Replace(":", "__", StringComparison.Ordinal))];

    public static bool Contains(string variable) => s_framework.Contains(variable) || s_documented.Contains(variable);

    /// <summary>How long a process with these settings may take to end.</summary>
    public static TimeSpan Drain(Func<string, string?> setting) =>
        TimeSpan.Parse(setting("Gateway__DrainDelay") ?? "0:00:00", System.Globalization.CultureInfo.InvariantCulture)
        + TimeSpan.Parse(setting("Gateway__GracePeriod") ?? "0:00:20", System.Globalization.CultureInfo.InvariantCulture);
}
