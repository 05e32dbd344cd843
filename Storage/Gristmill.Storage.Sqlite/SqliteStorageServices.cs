using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gristmill.Storage.Sqlite;

public static class SqliteStorageServices
{
    /// <summary>
    /// Adds the SQLite stores. The host opens the database before any other service starts, so that whatever is wrong with it is a
    /// <see cref="StartupException"/> from the host's start. Safe to call twice.
    /// </summary>
    public static IServiceCollection AddSqliteStorage(this IServiceCollection services, Action<SqliteStorageOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<SqliteStorageOptions> options = services.AddOptions<SqliteStorageOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SqliteStorageOptions>, SqliteStorageOptionsValidator>());
        services.TryAddSingleton<IProcessTerminator>(FailFastTerminator.Instance);
        services.TryAddSingleton(static provider => SqliteDatabase.Open(
            provider.GetRequiredService<IOptions<SqliteStorageOptions>>().Value,
            provider.GetRequiredService<ILogger<SqliteDatabase>>(),
            provider.GetRequiredService<IProcessTerminator>(),
            provider.GetRequiredService<StorageMetrics>()));
        return services.AddStores<SqliteUserStore, SqliteTaskStore>().OpenAtStart<SqliteDatabase>();
    }
}
