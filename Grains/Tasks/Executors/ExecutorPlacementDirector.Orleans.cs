using Orleans.Runtime.Placement;

namespace Gristmill.Grains.Tasks;

/// <summary>Sends an executor to the silo whose address is its key, and refuses one whose silo is not active.</summary>
internal sealed class ExecutorPlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        string key = target.GrainIdentity.Key.ToString()!;
        foreach (SiloAddress silo in context.GetCompatibleSilos(target))
        {
            if (silo.ToParsableString() == key)
                return Task.FromResult(silo);
        }

        throw ExecutorSilo.NotActive(key);
    }
}

internal static class ExecutorPlacementExtensions
{
    public static ISiloBuilder AddExecutorPlacement(this ISiloBuilder silo) => silo.AddPlacementDirector<ExecutorPlacement, ExecutorPlacementDirector>();
}
