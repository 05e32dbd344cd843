using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>Who this silo is.</summary>
public interface ILocalSiloDetails
{
    string Name { get; }

    string ClusterId { get; }

    string DnsHostName { get; }

    SiloAddress SiloAddress { get; }

    SiloAddress GatewayAddress { get; }
}

internal sealed class LocalSiloDetails : ILocalSiloDetails
{
    public LocalSiloDetails(IOptions<SiloOptions> silo, IOptions<ClusterOptions> cluster, IOptions<EndpointOptions> endpoints)
    {
        int generation = SiloAddress.AllocateNewGeneration();
        IPAddress address = endpoints.Value.AdvertisedIPAddress ?? IPAddress.Loopback;
        Name = silo.Value.SiloName is { Length: > 0 } name ? name : $"Silo_{generation:x}";
        ClusterId = cluster.Value.ClusterId;
        SiloAddress = SiloAddress.New(address, endpoints.Value.SiloPort, generation);
        GatewayAddress = SiloAddress.New(address, endpoints.Value.GatewayPort, 0);
    }

    public string Name { get; }

    public string ClusterId { get; }

    public string DnsHostName { get; } = Dns.GetHostName();

    public SiloAddress SiloAddress { get; }

    public SiloAddress GatewayAddress { get; }
}
