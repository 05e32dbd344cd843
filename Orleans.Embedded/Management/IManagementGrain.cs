namespace Orleans.Runtime;

/// <summary>Answers questions about the cluster. The key is 0.</summary>
public interface IManagementGrain : IGrainWithIntegerKey
{
    /// <summary>The silos and their state.</summary>
    Task<Dictionary<SiloAddress, SiloStatus>> GetHosts(bool onlyActive = false);

    Task<int> GetTotalActivationCount();

    /// <summary>Activations by grain class.</summary>
    Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics();

    ValueTask<List<GrainId>> GetActiveGrains(GrainType type);

    /// <summary>Deactivates grains that have been idle for at least this long.</summary>
    Task ForceActivationCollection(TimeSpan ageLimit);
}

/// <summary>The state of a silo.</summary>
public enum SiloStatus
{
    None = 0,
    Created = 1,
    Joining = 2,
    Active = 3,
    ShuttingDown = 4,
    Stopping = 5,
    Dead = 6,
}

/// <summary>Activations of one grain class on one silo.</summary>
[GenerateSerializer, Immutable]
public sealed class SimpleGrainStatistic
{
    /// <summary>The class's full name, a comma, and its assembly's name.</summary>
    [Id(0)]
    public required string GrainType { get; init; }

    [Id(1)]
    public required SiloAddress SiloAddress { get; init; }

    [Id(2)]
    public int ActivationCount { get; init; }

    public override string ToString() => $"SimpleGrainStatistic: GrainType={GrainType} Silo={SiloAddress} NumActivations={ActivationCount}";
}
