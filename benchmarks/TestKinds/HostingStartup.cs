using Gristmill.TestKinds;
using Microsoft.AspNetCore.Hosting;

[assembly: HostingStartup(typeof(KindsStartup))]

namespace Gristmill.TestKinds
{
    /// <summary>Registers the kinds in a silo that is started with ASPNETCORE_HOSTINGSTARTUPASSEMBLIES naming this assembly.</summary>
    internal sealed class KindsStartup : IHostingStartup
    {
        public void Configure(IWebHostBuilder builder) => builder.ConfigureServices(static services => services.AddTasksFromGristmillTestKinds());
    }
}

/// <summary>Loads this assembly, which does not lie beside the silo: named by DOTNET_STARTUP_HOOKS, whose contract fixes this class's name and place.</summary>
#pragma warning disable CA1050 // The runtime looks for it outside any namespace.
internal static class StartupHook
{
    public static void Initialize()
    {
    }
}
#pragma warning restore CA1050
