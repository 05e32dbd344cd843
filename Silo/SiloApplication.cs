using Gristmill.Client;
using Gristmill.Storage;
using Gristmill.Storage.Sqlite;

namespace Gristmill.Silo;

/// <summary>Puts the process together: storage, engine, grains, gateway.</summary>
internal static class SiloApplication
{
    private const string DefaultAddress = "http://127.0.0.1:5080";

    /// <exception cref="StartupException">The configuration, or what it points to, cannot be used.</exception>
    public static WebApplication Build(string[] args)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
        UseDefaultAddress(builder.Configuration);
        builder.Logging.AddStartupFilter();

        AddStorage(builder);
        builder.Services.AddTaskEngine(engine => builder.Configuration.GetSection("TaskEngine").Bind(engine));
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering();
            silo.AddGristmillGrains();
        });
        builder.AddGristmillGateway();

        return builder.Build().MapGristmillGateway();
    }

    private static void AddStorage(WebApplicationBuilder builder)
    {
        IConfigurationSection settings = builder.Configuration.GetSection("Storage");
        string name = settings["Provider"] ?? nameof(StorageProvider.Sqlite);
        if (!Enum.TryParse(name, ignoreCase: true, out StorageProvider provider) || !Enum.IsDefined(provider))
            throw new StartupException($"Storage:Provider is '{name}': use {string.Join(" or ", Enum.GetNames<StorageProvider>())}.");

        switch (provider)
        {
            case StorageProvider.Memory:
                builder.Services.AddMemoryStorage();
                break;
            default:
                builder.Services.AddSqliteStorage(settings.Bind);
                break;
        }

        builder.Services.AddHealthChecks().AddCheck<StorageHealthCheck>("storage", timeout: TimeSpan.FromSeconds(2));
    }

    private static void UseDefaultAddress(ConfigurationManager configuration)
    {
        bool chosen = new[] { "urls", "http_ports", "https_ports" }.Any(key => !string.IsNullOrEmpty(configuration[key]))
            || configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();
        if (!chosen)
            configuration["urls"] = DefaultAddress;
    }
}
