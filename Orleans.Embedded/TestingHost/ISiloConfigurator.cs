using Microsoft.Extensions.Configuration;
using Orleans.Hosting;

namespace Orleans.TestingHost;

/// <summary>Configures the silo of a test cluster. Made by its parameterless constructor.</summary>
public interface ISiloConfigurator
{
    void Configure(ISiloBuilder siloBuilder);
}

/// <summary>Configures the client of a test cluster. Made by its parameterless constructor.</summary>
public interface IClientBuilderConfigurator
{
    void Configure(IConfiguration configuration, IClientBuilder clientBuilder);
}
