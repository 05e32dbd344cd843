namespace Gristmill.Grains;

internal static class PartitionPlacementExtensions
{
    /// <summary>With one silo there is nothing to choose.</summary>
    public static ISiloBuilder AddPartitionPlacement(this ISiloBuilder silo) => silo;
}
