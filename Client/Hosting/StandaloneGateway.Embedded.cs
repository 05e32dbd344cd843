namespace Gristmill.Client.Hosting;

/// <summary>The gateway as a process of its own. The embedded engine has no cluster to connect to, so there is nothing to run.</summary>
internal static class StandaloneGateway
{
    public static WebApplication Build(string[] args)
    {
        _ = args;
        throw new StartupException(
            "the stand-alone gateway connects to a cluster, which this build has not: run the Silo project, or build with GrainEngine=Orleans.");
    }
}
