using Gristmill.Grains.Tasks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gristmill.Client.Operations;

/// <summary>Healthy when one of several grains answers: they lie behind several silos, and one that hangs is no reason to turn away calls for the others.</summary>
internal sealed class GrainsHealthCheck(IGrainFactory grains) : IHealthCheck
{
    private const int Asked = 4;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        Task? failed = null;
        await foreach (Task answer in Task.WhenEach(Enumerable.Range(0, Asked).Select(AskAsync)))
        {
            if (answer.IsCompletedSuccessfully)
                return HealthCheckResult.Healthy();
            failed = answer;
        }

        await failed!;
        throw new InvalidOperationException("No grain answered.");

        Task AskAsync(int key) => grains.GetGrain<ITaskKindCatalogGrain>(key).ListAsync(cancellationToken);
    }
}
