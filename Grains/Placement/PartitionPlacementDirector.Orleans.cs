using Orleans.Runtime.Placement;

namespace Gristmill.Grains;

/// <summary>Sends a partition to the silo that should have it.</summary>
internal sealed class PartitionPlacementDirector(ClusterView cluster) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        SiloAddress[] silos = context.GetCompatibleSilos(target);
        long partition = target.GrainIdentity.TryGetIntegerKey(out long key, out _) ? key : 0;
        SiloAddress home = cluster.HomeOf(partition) is { } silo && silos.Contains(silo) ? silo : silos[(int)((ulong)partition % (ulong)silos.Length)];
        return Task.FromResult(home);
    }
}

internal static class PartitionPlacementExtensions
{
    public static ISiloBuilder AddPartitionPlacement(this ISiloBuilder silo) => silo.AddPlacementDirector<PartitionPlacement, PartitionPlacementDirector>();
}
