using Orleans.Runtime;

namespace Orleans.Placement;

/// <summary>Says where a grain class wants its activations.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public abstract class PlacementAttribute : Attribute
{
    protected PlacementAttribute(PlacementStrategy placement)
    {
        ArgumentNullException.ThrowIfNull(placement);
        PlacementStrategy = placement;
    }

    public PlacementStrategy PlacementStrategy { get; }
}

public sealed class RandomPlacementAttribute() : PlacementAttribute(new RandomPlacement());

public sealed class PreferLocalPlacementAttribute() : PlacementAttribute(new PreferLocalPlacement());

public sealed class HashBasedPlacementAttribute() : PlacementAttribute(new HashBasedPlacement());

public sealed class ActivationCountBasedPlacementAttribute() : PlacementAttribute(new ActivationCountBasedPlacement());

public sealed class ResourceOptimizedPlacementAttribute() : PlacementAttribute(new ResourceOptimizedPlacement());
