using Microsoft.Extensions.DependencyInjection;

namespace Gristmill.Storage;

public static class MemoryStorageServices
{
    /// <summary>Adds the stores that live and go with the process. Safe to call twice.</summary>
    public static IServiceCollection AddMemoryStorage(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.AddStores<MemoryUserStore, MemoryTaskStore>();
    }
}
