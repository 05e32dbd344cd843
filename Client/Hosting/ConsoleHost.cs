using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Gristmill.Client.Hosting;

/// <summary>
/// Runs a Gristmill process from start to exit code. Whatever an operator can mend (a taken port, a locked folder, a wrong setting) ends it
/// with one line on standard error and exit code 1; a defect of ours keeps its stack trace and ends it with 2.
/// </summary>
public static class ConsoleHost
{
    // Frameworks that read settings of their own and speak of a bad one in an InvalidOperationException.
    private static readonly string[] s_readers = ["Microsoft.AspNetCore.Server.Kestrel.Core", "Microsoft.Extensions.Logging.Configuration", "Microsoft.Extensions.Logging"];

    /// <summary>A builder as every Gristmill process begins: settings beside the program and in secret files, the default address, one line for a failed start.</summary>
    /// <exception cref="StartupException">The folder of secrets cannot be read.</exception>
    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        // appsettings.json lies beside the program, wherever the program is started from.
        WebApplicationBuilder builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddSecretFiles();
        builder.Configuration.UseDefaultAddress();
        // A failed start would be logged with its stack trace; RunAsync tells it.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        return builder;
    }

    /// <param name="build">Makes the application; may throw <see cref="StartupException"/>.</param>
    /// <param name="onStarted">Called once the application listens, to tell a person where to look.</param>
    public static async Task<int> RunAsync(Func<WebApplication> build, Action<WebApplication> onStarted)
    {
        ArgumentNullException.ThrowIfNull(build);
        ArgumentNullException.ThrowIfNull(onStarted);
        try
        {
            await using WebApplication app = build();
            try
            {
                await app.StartAsync();
            }
            catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
            {
                // Told to stop while it still waited for something.
                return 0;
            }

            onStarted(app);
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception exception) when (Explain(exception) is { } line)
        {
            await Console.Error.WriteLineAsync($"gristmill: {line.ReplaceLineEndings(" ")}");
            return 1;
        }
        catch (Exception exception)
        {
            await Console.Error.WriteLineAsync($"gristmill: stopped by a defect: {exception}");
            return 2;
        }
    }

    /// <summary>What an operator is told about a failed start; null for a defect of ours.</summary>
    internal static string? Explain(Exception exception) => exception switch
    {
        StartupException startup => startup.Message,
        OptionsValidationException options => SettingNames.Explain(options),
        IOException { InnerException: AddressInUseException } taken => $"{taken.Message} Stop the other process, or choose another address with --urls.",
        SocketException { SocketErrorCode: SocketError.AccessDenied or SocketError.AddressNotAvailable } socket => $"The address cannot be used: {socket.Message}.",
        // A setting of the wrong type: the configuration binder names it.
        InvalidOperationException { InnerException: FormatException or ArgumentException or OverflowException } setting => setting.Message,
        FormatException format => format.Message,
        InvalidDataException { InnerException: FormatException } file => $"{file.Message}",
        InvalidOperationException { TargetSite.DeclaringType.Assembly: var assembly } setting
            when s_readers.Contains(assembly.GetName().Name) => setting.Message,
        // Other silos that do not answer, or a list of silos that does not.
        OrleansException cluster => $"The cluster cannot be joined: {cluster.Message}",
        AggregateException { InnerExceptions: [var only] } => Explain(only),
        _ => null,
    };
}
