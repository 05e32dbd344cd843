namespace Orleans.Runtime;

/// <summary>Where a grain is to be placed. With one silo every strategy has one answer: it is accepted, and not asked.</summary>
public abstract class PlacementStrategy;

public sealed class RandomPlacement : PlacementStrategy;

public sealed class PreferLocalPlacement : PlacementStrategy;

public sealed class HashBasedPlacement : PlacementStrategy;

public sealed class ActivationCountBasedPlacement : PlacementStrategy;

public sealed class ResourceOptimizedPlacement : PlacementStrategy;

internal sealed class StatelessWorkerPlacement : PlacementStrategy;
