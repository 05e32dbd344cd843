using Gristmill.Client;
using Gristmill.Client.Hosting;
using Gristmill.Storage;
using Gristmill.Storage.PostgreSql;
using Gristmill.Storage.Sqlite;

namespace Gristmill.Silo;

/// <summary>Puts the process together: storage, engine, grains, gateway.</summary>
internal static class SiloApplication
{
    private const int DefaultSiloPort = 11_111;
    private const int DefaultGatewayPort = 30_000;

    /// <exception cref="StartupException">The configuration, or what it points to, cannot be used.</exception>
    public static WebApplication Build(string[] args)
    {
        // appsettings.json lies beside the program, wherever the program is started from.
        WebApplicationBuilder builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.UseDefaultAddress();
        builder.Logging.AddStartupFilter();

        AddStorage(builder);
        builder.Services.AddTaskEngine(builder.Configuration.GetSection("TaskEngine").Bind).AddTasksFromGristmillTaskEngine();
        builder.UseOrleans(silo =>
        {
            IConfigurationSection cluster = builder.Configuration.GetSection("Cluster");
            silo.UseLocalhostClustering(cluster.GetValue("SiloPort", DefaultSiloPort), cluster.GetValue("GatewayPort", DefaultGatewayPort));
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
            case StorageProvider.PostgreSql:
                builder.Services.AddPostgreSqlStorage(settings.Bind);
                break;
            default:
                builder.Services.AddSqliteStorage(settings.Bind);
                break;
        }

        builder.Services.AddHealthChecks().AddCheck<StorageHealthCheck>("storage", timeout: TimeSpan.FromSeconds(2));
    }
}
