using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Console;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Gristmill.Client.Hosting;

/// <summary>Tells the person at the terminal where to look. With JSON logs nobody is there, and every line must be JSON.</summary>
public static class StartupMessage
{
    public static void Write(WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        if (app.Configuration["Logging:Console:FormatterName"] == ConsoleFormatterNames.Json)
            return;
        string[] addresses = [.. app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses];
        string first = addresses.FirstOrDefault() ?? "";
        Console.WriteLine($"""
            Gristmill listens on {string.Join(", ", addresses)}
              API documentation  {first}/docs
              Health             {first}/health/ready
              Metrics            {first}/metrics
            Ctrl+C drains and stops.
            """);
    }
}
