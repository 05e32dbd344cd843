using Orleans.Placement;

namespace Gristmill.Grains.Tasks;

/// <summary>An executor belongs on the silo that its key names, and nowhere else.</summary>
[GenerateSerializer, Immutable, Alias("gm.ExecutorPlacement")]
internal sealed class ExecutorPlacement : PlacementStrategy;

/// <summary>Places a grain class by <see cref="ExecutorPlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ExecutorPlacementAttribute() : PlacementAttribute(new ExecutorPlacement());
