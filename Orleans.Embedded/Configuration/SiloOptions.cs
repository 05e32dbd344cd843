using System.Net;

namespace Orleans.Configuration;

/// <summary>The silo's name.</summary>
public class SiloOptions
{
    /// <summary>Null, the default, means a name made from the silo's generation.</summary>
    public string? SiloName { get; set; }
}

/// <summary>The endpoints that make up the silo's address. None is opened.</summary>
public class EndpointOptions
{
    public const int DEFAULT_SILO_PORT = 11_111;

    public const int DEFAULT_GATEWAY_PORT = 30_000;

    /// <summary>Null, the default, means the loopback address.</summary>
    public IPAddress? AdvertisedIPAddress { get; set; }

    public int SiloPort { get; set; } = DEFAULT_SILO_PORT;

    public int GatewayPort { get; set; } = DEFAULT_GATEWAY_PORT;
}
