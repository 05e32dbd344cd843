namespace Orleans.TestingHost;

/// <summary>Describes a test cluster.</summary>
public class TestClusterBuilder
{
    public TestClusterBuilder()
        : this(initialSilosCount: 1)
    {
    }

    /// <param name="initialSilosCount">Accepted; this engine's cluster has one silo, whatever the number.</param>
    public TestClusterBuilder(short initialSilosCount)
    {
        Options = new TestClusterOptions { InitialSilosCount = initialSilosCount };
    }

    public TestClusterOptions Options { get; }

    public static string CreateClusterId() => $"testcluster-{Guid.NewGuid():N}";

    /// <summary>Adds an <see cref="ISiloConfigurator"/>.</summary>
    public TestClusterBuilder AddSiloBuilderConfigurator<T>()
        where T : new()
    {
        if (!typeof(ISiloConfigurator).IsAssignableFrom(typeof(T)))
            throw new ArgumentException($"{typeof(T)} is no {nameof(ISiloConfigurator)}.");
        Options.SiloBuilderConfiguratorTypes.Add(typeof(T).AssemblyQualifiedName);
        return this;
    }

    /// <summary>Adds an <see cref="IClientBuilderConfigurator"/>.</summary>
    public TestClusterBuilder AddClientBuilderConfigurator<T>()
        where T : new()
    {
        Options.ClientBuilderConfiguratorTypes.Add(typeof(T).AssemblyQualifiedName);
        return this;
    }

    /// <summary>A cluster that is not started yet.</summary>
    public TestCluster Build() => new(Options);
}
