namespace Gristmill.Client.Hosting;

/// <summary>Keeps the host from logging a failed start with its stack trace: <see cref="ConsoleHost"/> tells it in one line.</summary>
public static class StartupLogging
{
    private const string HostCategory = "Microsoft.Extensions.Hosting.Internal.Host";

    /// <summary>Silences the generic host's own messages; what goes wrong in it ends the process through <see cref="ConsoleHost"/>.</summary>
    public static ILoggingBuilder AddStartupFilter(this ILoggingBuilder logging) => logging.AddFilter(HostCategory, LogLevel.None);
}
