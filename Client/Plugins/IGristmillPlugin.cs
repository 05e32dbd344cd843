namespace Gristmill.Client;

/// <summary>
/// What a plugin's assembly does besides bringing task kinds, which need no code: services for its handlers, and HTTP endpoints. The class is
/// public and has a public constructor without parameters; one instance is made when the process starts. docs/plugins.md has the whole story.
/// </summary>
public interface IGristmillPlugin
{
    /// <summary>Registers services, before the host is built. In a cluster this runs in silos and gateways alike.</summary>
    /// <param name="services">The plugin's own list, added to the host's if everything went well. Hosted services are refused.</param>
    /// <param name="configuration">The host's settings.</param>
    void AddServices(IServiceCollection services, IConfiguration configuration)
    {
    }

    /// <summary>
    /// Maps endpoints, after those of the gateway. They may take an <see cref="ITaskExecutor"/>, which runs tasks on the silos, and whatever is
    /// registered. A route that exists already is refused.
    /// </summary>
    void MapEndpoints(IEndpointRouteBuilder routes)
    {
    }
}
