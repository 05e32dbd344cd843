using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Gristmill.Storage;

/// <summary>What the registrations of all providers share.</summary>
internal static class StorageServices
{
    /// <summary>Adds a provider's stores, the user store with its measurements around it.</summary>
    public static IServiceCollection AddStores<TUserStore, TTaskStore>(this IServiceCollection services)
        where TUserStore : class, IUserStore
        where TTaskStore : class, ITaskStore
    {
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<StorageMetrics>();
        services.TryAddSingleton<TUserStore>();
        services.TryAddSingleton<IUserStore>(static provider => new MeteredUserStore(
            provider.GetRequiredService<TUserStore>(),
            provider.GetRequiredService<StorageMetrics>(),
            provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ITaskStore, TTaskStore>();
        return services;
    }

    /// <summary>Has the host open the database before any other service starts.</summary>
    public static IServiceCollection OpenAtStart<TDatabase>(this IServiceCollection services)
        where TDatabase : class
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, OpenAtStart<TDatabase>>());
        return services;
    }
}
