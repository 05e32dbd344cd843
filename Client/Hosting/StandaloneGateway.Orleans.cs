namespace Gristmill.Client.Hosting;

/// <summary>The gateway as a process of its own, connected to the silo on this machine.</summary>
internal static class StandaloneGateway
{
    public static WebApplication Build(string[] args)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.UseDefaultAddress();
        builder.Logging.AddStartupFilter();
        builder.UseOrleansClient(client => client.UseLocalhostClustering());
        builder.AddGristmillGateway();
        return builder.Build().MapGristmillGateway();
    }
}
