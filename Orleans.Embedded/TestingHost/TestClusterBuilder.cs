using Microsoft.Extensions.Configuration;

namespace Orleans.TestingHost;

/// <summary>Describes a test cluster.</summary>
public class TestClusterBuilder
{
    private readonly List<Action<IConfigurationBuilder>> _hostConfiguration = [];

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

    /// <summary>Settings that the silo finds in its configuration.</summary>
    public Dictionary<string, string?> Properties { get; } = [];

    public static string CreateClusterId() => $"testcluster-{Guid.NewGuid():N}";

    /// <summary>Adds an <see cref="ISiloConfigurator"/> or an <see cref="IHostConfigurator"/>.</summary>
    public TestClusterBuilder AddSiloBuilderConfigurator<T>()
        where T : new()
    {
        if (!typeof(ISiloConfigurator).IsAssignableFrom(typeof(T)) && !typeof(IHostConfigurator).IsAssignableFrom(typeof(T)))
            throw new ArgumentException($"{typeof(T)} is neither an {nameof(ISiloConfigurator)} nor an {nameof(IHostConfigurator)}.");
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

    public TestClusterBuilder ConfigureHostConfiguration(Action<IConfigurationBuilder> configureDelegate)
    {
        _hostConfiguration.Add(configureDelegate);
        return this;
    }

    /// <summary>A cluster that is not started yet.</summary>
    public TestCluster Build()
    {
        ConfigurationBuilder configuration = new();
        configuration.AddInMemoryCollection(Properties);
        _hostConfiguration.ForEach(configure => configure(configuration));
        return new TestCluster(Options, [.. configuration.Sources]);
    }
}
