using Orleans.Messaging;

namespace Gristmill.Client.Hosting;

/// <summary>
/// The silos that a list names; while it names none, those that it named last. An empty list is mostly one that was lost, and silos run without it. Safe
/// from any thread.
/// </summary>
internal sealed class KnownGateways(IGatewayListProvider list) : IGatewayListProvider
{
    private volatile IList<Uri> _known = [];

    public TimeSpan MaxStaleness => list.MaxStaleness;

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProvider() => list.InitializeGatewayListProvider();

    public async Task<IList<Uri>> GetGateways()
    {
        IList<Uri> now = await list.GetGateways();
        return now.Count > 0 ? _known = now : _known;
    }

    /// <summary>Puts itself before the list that is registered.</summary>
    public static void Wrap(IServiceCollection services)
    {
        ServiceDescriptor list = services.Single(service => service.ServiceType == typeof(IGatewayListProvider));
        services.Remove(list);
        services.AddSingleton<IGatewayListProvider>(
            provider => new KnownGateways((IGatewayListProvider)ActivatorUtilities.CreateInstance(provider, list.ImplementationType!)));
    }
}
