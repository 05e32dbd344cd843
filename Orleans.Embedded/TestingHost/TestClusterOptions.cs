namespace Orleans.TestingHost;

/// <summary>What a test cluster is made of.</summary>
public sealed class TestClusterOptions
{
    public string ClusterId { get; set; } = TestClusterBuilder.CreateClusterId();

    public string ServiceId { get; set; } = Guid.NewGuid().ToString("N");

    /// <summary>Accepted; this engine's cluster has one silo, whatever the number.</summary>
    public short InitialSilosCount { get; set; } = 1;

    /// <summary>Assembly-qualified names, in the order in which they configure.</summary>
    public List<string?> SiloBuilderConfiguratorTypes { get; } = [];

    /// <inheritdoc cref="SiloBuilderConfiguratorTypes"/>
    public List<string?> ClientBuilderConfiguratorTypes { get; } = [];
}
