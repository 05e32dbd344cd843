using System.Net;
using Microsoft.AspNetCore.HostFiltering;

namespace Gristmill.Client.Hosting;

/// <summary>
/// Without API keys the gateway serves this machine only: an address that others can reach is refused before anything starts, unless
/// <c>Auth:AllowAnonymous</c> says that it is meant.
/// </summary>
internal static class AccessGuard
{
    private const string AllowAnonymous = "Auth:AllowAnonymous";
    private const int MaxPort = 65_535;

    private static readonly string[] s_loopbackNames = ["localhost", "127.0.0.1", "[::1]"];

    /// <exception cref="StartupException">An address is none, or open to other machines.</exception>
    public static void Check(IConfiguration configuration)
    {
        bool open = configuration.GetValue(AllowAnonymous, defaultValue: false);
        foreach (string address in Addresses(configuration))
        {
            BindingAddress binding = Parse(address);
            if (!open && !IsLoopback(binding.Host))
            {
                throw new StartupException(
                    $"{address} can be reached from other machines, and there is no authentication. Listen on 127.0.0.1, or set Auth:AllowAnonymous=true if everyone may do everything.");
            }
        }
    }

    /// <summary>
    /// While only this machine may call, a request must name it: a page from elsewhere whose name was made to resolve to this machine
    /// reaches nothing. <c>AllowedHosts</c> overrides this.
    /// </summary>
    public static void FilterHosts(HostFilteringOptions filter, IConfiguration configuration)
    {
        if (!configuration.GetValue(AllowAnonymous, defaultValue: false) && configuration["AllowedHosts"] is null)
            filter.AllowedHosts = [.. s_loopbackNames];
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

    private static BindingAddress Parse(string address)
    {
        BindingAddress binding;
        try
        {
            binding = BindingAddress.Parse(address);
        }
        catch (FormatException exception)
        {
            throw new StartupException($"'{address}' is no address to listen on: {exception.Message}", exception);
        }

        // A port that is no number is taken for a part of the host.
        bool portInHost = binding.Host.Contains(':', StringComparison.Ordinal) && !binding.Host.StartsWith('[') && !binding.IsUnixPipe;
        return portInHost || binding.Port is < 0 or > MaxPort
            ? throw new StartupException($"'{address}' is no address to listen on: the port must be a number from 0 to {MaxPort}.")
            : binding;
    }

    public static bool IsLoopback(string host)
    {
        return host.StartsWith("unix:", StringComparison.Ordinal)
            || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip));
    }
}
