using Gristmill.Client;
using Gristmill.Client.Hosting;
using Gristmill.Grains.Tasks;
using Gristmill.Grains.Users;
using Gristmill.Storage;
using Gristmill.Storage.PostgreSql;
using Gristmill.Storage.Sqlite;

namespace Gristmill.Silo;

/// <summary>Puts the process together: storage, engine, grains, gateway.</summary>
internal static class SiloApplication
{
    /// <exception cref="StartupException">The configuration, or what it points to, cannot be used.</exception>
    public static WebApplication Build(string[] args)
    {
        WebApplicationBuilder builder = ConsoleHost.CreateBuilder(args);

        CheckSettings(builder.Configuration);
        var cluster = ClusteringOptions.Read(builder.Configuration);
        ChooseKernels(builder.Configuration);
        AddStorage(builder, cluster);
        builder.Services.AddTaskEngine(builder.Configuration.GetSection(TaskEngineOptions.Section).Bind).AddTasksFromGristmillTaskEngine();
        builder.UseOrleans(silo =>
        {
            silo.UseCluster(cluster);
            silo.AddGristmillGrains();
        });
        builder.AddGristmillGateway();

        return builder.Build().MapGristmillGateway();
    }

    private static void CheckSettings(ConfigurationManager configuration)
    {
        SettingNames.Check(
            configuration, SqliteStorageOptions.Section, [typeof(SqliteStorageOptions), typeof(PostgreSqlStorageOptions)], "Provider");
        SettingNames.Check(configuration, TaskEngineOptions.Section, [typeof(TaskEngineOptions)]);
        SettingNames.Check(configuration, UserOptions.Section, [typeof(UserOptions)]);
        SettingNames.Check(configuration, TaskOptions.Section, [typeof(TaskOptions)]);
        SettingNames.Check(configuration, "Kernels", [], "Native");
    }

    private static void ChooseKernels(ConfigurationManager configuration)
    {
        try
        {
            Kernels.Configure(Choice(configuration, "Kernels:Native", KernelMode.Preferred));
        }
        catch (KernelLibraryException exception)
        {
            throw new StartupException(exception.Message, exception);
        }
    }

    private static void AddStorage(WebApplicationBuilder builder, ClusteringOptions cluster)
    {
        IConfigurationSection settings = builder.Configuration.GetSection(SqliteStorageOptions.Section);
        StorageProvider provider = Choice(builder.Configuration, "Storage:Provider", StorageProvider.Sqlite);
        if (cluster.HasOtherSilos())
            SiloCluster.CheckShared(provider);
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

    private static TChoice Choice<TChoice>(ConfigurationManager configuration, string setting, TChoice byDefault)
        where TChoice : struct, Enum
    {
        if (configuration[setting] is not { } name)
            return byDefault;
        return Enum.TryParse(name, ignoreCase: true, out TChoice choice) && Enum.IsDefined(choice)
            ? choice
            : throw new StartupException($"{setting} is '{name}': use {string.Join(", ", Enum.GetNames<TChoice>())}.");
    }
}
