namespace Gristmill.Grains.Tasks;

internal static class ExecutorPlacementExtensions
{
    /// <summary>With one silo there is nothing to choose; the executor itself refuses another silo's key.</summary>
    public static ISiloBuilder AddExecutorPlacement(this ISiloBuilder silo) => silo;
}
