using Gristmill.Grains;
using Gristmill.Grains.Tasks;
using Gristmill.Grains.Users;
using Gristmill.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Runtime.Hosting;

namespace Orleans.Hosting;

public static class GrainsSiloBuilderExtensions
{
    /// <summary>
    /// Adds what Gristmill's grains need of a silo. The caller registers a task engine (<c>AddTaskEngine</c>) and a store
    /// (<c>AddMemoryStorage</c> or <c>AddSqliteStorage</c>).
    /// </summary>
    public static ISiloBuilder AddGristmillGrains(this ISiloBuilder silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        silo.Services.TryAddSingleton(TimeProvider.System);
        silo.Services.AddGrainStorage(UserGrainStorage.Name, static (services, _) => new UserGrainStorage(services.GetRequiredService<IUserStore>()));
        silo.Services.AddOptions<UserOptions>().BindConfiguration(UserOptions.Section).ValidateOnStart();
        silo.Services.TryAddSingleton<IValidateOptions<UserOptions>, UserOptionsValidator>();
        silo.Services.TryAddSingleton<UserDirectory>();
        silo.Services.TryAddSingleton<UserDirectoryRepairs>();
        silo.Services.AddOptions<TaskOptions>().BindConfiguration(TaskOptions.Section).ValidateOnStart();
        silo.Services.TryAddSingleton<IValidateOptions<TaskOptions>, TaskOptionsValidator>();
        silo.Services.AddMetrics();
        silo.Services.TryAddSingleton<TaskMetrics>();
        silo.Services.TryAddSingleton<TaskSteps>();
        silo.Services.TryAddSingleton<RetryRoom>();
        if (silo.Services.All(service => service.ServiceType != typeof(TaskExecutor)))
        {
            AddParticipant<TaskExecutor>(silo.Services);
            AddParticipant<SiloStop>(silo.Services);
        }

        silo.AddIncomingGrainCallFilter<ErrorCallFilter>();
        silo.Services.TryAddSingleton<ClusterView>();
        silo.AddExecutorPlacement();
        silo.AddPartitionPlacement();
        return silo;
    }

    private static void AddParticipant<T>(IServiceCollection services)
        where T : class, ILifecycleParticipant<ISiloLifecycle>
    {
        services.AddSingleton<T>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<T>());
    }
}
