using Gristmill.Grains.Tasks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gristmill.Client.Operations;

/// <summary>Healthy when a grain answers.</summary>
internal sealed class GrainsHealthCheck(IGrainFactory grains) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await grains.GetGrain<ITaskKindCatalogGrain>(0).ListAsync(cancellationToken);
        return HealthCheckResult.Healthy();
    }
}
