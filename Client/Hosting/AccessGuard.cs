using System.Net;

namespace Gristmill.Client.Hosting;

/// <summary>
/// Without API keys the gateway serves this machine only: an address that others can reach is refused before anything starts, unless
/// <c>Auth:AllowAnonymous</c> says that it is meant.
/// </summary>
internal static class AccessGuard
{
    /// <exception cref="StartupException">An address is open to other machines.</exception>
    public static void Check(IConfiguration configuration)
    {
        if (configuration.GetValue("Auth:AllowAnonymous", defaultValue: false))
            return;

        foreach (string address in Addresses(configuration))
        {
            if (!IsLoopback(address))
            {
                throw new StartupException(
                    $"{address} can be reached from other machines, and there is no authentication. Listen on 127.0.0.1, or set Auth:AllowAnonymous=true if everyone may do everything.");
            }
        }
    }

    private static IEnumerable<string> Addresses(IConfiguration configuration)
    {
        IEnumerable<string> endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"] ?? "");
        // Bare ports listen on every address. A list of URLs overrides them.
        IEnumerable<string> ports = Split(configuration["http_ports"]).Concat(Split(configuration["https_ports"])).Select(port => $"http://*:{port}");
        string[] urls = [.. Split(configuration["urls"])];
        return endpoints.Where(url => url.Length > 0).Concat(urls.Length > 0 ? urls : ports);
    }

    private static string[] Split(string? list) => (list ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool IsLoopback(string address)
    {
        string host = BindingAddress.Parse(address).Host;
        return host.StartsWith("unix:", StringComparison.Ordinal)
            || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip));
    }
}
