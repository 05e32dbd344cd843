using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Gristmill.Storage.PostgreSql;

public static class PostgreSqlStorageServices
{
    /// <summary>
    /// Adds the PostgreSQL stores. The host connects before any other service starts, so that whatever is wrong is a
    /// <see cref="StartupException"/> from the host's start. Safe to call twice.
    /// </summary>
    public static IServiceCollection AddPostgreSqlStorage(this IServiceCollection services, Action<PostgreSqlStorageOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<PostgreSqlStorageOptions> options = services.AddOptions<PostgreSqlStorageOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PostgreSqlStorageOptions>, PostgreSqlStorageOptionsValidator>());
        services.TryAddSingleton(static provider =>
            PostgreSqlDatabase.Open(provider.GetRequiredService<IOptions<PostgreSqlStorageOptions>>().Value));
        return services.AddStores<PostgreSqlUserStore, PostgreSqlTaskStore>().OpenAtStart<PostgreSqlDatabase>();
    }
}
