using Gristmill;
using Gristmill.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

public static class TaskEngineServiceCollectionExtensions
{
    /// <summary>
    /// Adds one <see cref="TaskEngine"/> to the host. It knows the <see cref="TaskKind"/>s that are registered as services, uses the
    /// host's <see cref="TimeProvider"/> if there is one, and checks its options at start. When the host stops, the engine drains within the host's
    /// shutdown time, and then cancels what is left. Calling it again only adds <paramref name="configure"/>.
    /// </summary>
    public static IServiceCollection AddTaskEngine(this IServiceCollection services, Action<TaskEngineOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddLogging();
        services.AddOptions<TaskEngineOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TaskEngineOptions>, TaskEngineOptionsValidator>());
        if (configure is not null)
            services.Configure(configure);
        services.TryAddSingleton(static provider => TaskEngine.Create(engine => engine
            .Use(provider.GetRequiredService<IOptions<TaskEngineOptions>>().Value)
            .Kinds(provider.GetServices<TaskKind>())
            .Decorate(provider.GetServices<TaskDecorators>())
            .TimeProvider(provider.GetService<TimeProvider>() ?? TimeProvider.System)
            .Services(provider)
            .Logger(provider.GetRequiredService<ILogger<TaskEngine>>())));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, TaskEngineService>());
        return services;
    }

    /// <inheritdoc cref="TaskEngineBuilder.Decorate(string, Action{TaskDecorators})"/>
    public static IServiceCollection DecorateTasks(this IServiceCollection services, string kinds, Action<TaskDecorators> decorate)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(kinds);
        ArgumentNullException.ThrowIfNull(decorate);
        var decorators = new TaskDecorators(kinds);
        decorate(decorators);
        return services.AddSingleton(decorators);
    }
}
