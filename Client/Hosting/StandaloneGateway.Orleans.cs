namespace Gristmill.Client.Hosting;

/// <summary>The gateway as a process of its own, connected to the silo on this machine.</summary>
internal static class StandaloneGateway
{
    public static WebApplication Build(string[] args)
    {
        WebApplicationBuilder builder = ConsoleHost.CreateBuilder(args);
        builder.UseOrleansClient(client => client.UseLocalhostClustering());
        builder.AddGristmillGateway();
        return builder.Build().MapGristmillGateway();
    }
}
