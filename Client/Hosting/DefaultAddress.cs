namespace Gristmill.Client.Hosting;

/// <summary>Where a process listens that was told nothing.</summary>
internal static class DefaultAddress
{
    private const string Url = "http://127.0.0.1:5080";

    private static readonly string[] s_settings = ["urls", "http_ports", "https_ports"];

    public static void UseDefaultAddress(this ConfigurationManager configuration)
    {
        bool chosen = s_settings.Any(key => !string.IsNullOrEmpty(configuration[key]))
            || configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();
        if (!chosen)
            configuration["urls"] = Url;
    }
}
