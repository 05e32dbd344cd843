using Gristmill.Storage;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gristmill.Silo;

/// <summary>Healthy when the store answers.</summary>
internal sealed class StorageHealthCheck(IUserStore store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await store.PingAsync(cancellationToken);
        return HealthCheckResult.Healthy();
    }
}
