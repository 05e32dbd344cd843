using Orleans.Placement;

namespace Gristmill.Grains;

/// <summary>A partition belongs on the silo that <see cref="PartitionMap"/> gives it; where that silo cannot take it, on any.</summary>
[GenerateSerializer, Immutable, Alias("gm.PartitionPlacement")]
internal sealed class PartitionPlacement : PlacementStrategy;

/// <summary>Places a grain class, whose integer keys are partitions, by <see cref="PartitionPlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class PartitionPlacementAttribute() : PlacementAttribute(new PartitionPlacement());
