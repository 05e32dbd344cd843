using System.Diagnostics;

namespace Gristmill.EndToEnd.Tests.Cluster;

/// <summary>
/// A network namespace for each silo, joined to this machine by a pair of virtual cards: pulling one cuts the silo off from the others and from Redis,
/// while it still reaches PostgreSQL through its socket, which is the worst case for two writers.
/// </summary>
internal sealed class SiloNetwork : IDisposable
{
    /// <summary>This machine, as the silos see it.</summary>
    public const string HostAddress = "10.213.7.254";

    private const string Program = "/usr/sbin/ip";
    private const int MostSilos = 3;

    private readonly string _name = $"gm{Environment.ProcessId % 10_000}";

    private SiloNetwork()
    {
        Run("link", "add", _name, "type", "bridge");
        Run("addr", "add", $"{HostAddress}/24", "dev", _name);
        Run("link", "set", _name, "up");
        for (int silo = 1; silo <= MostSilos; silo++)
        {
            Run("netns", "add", NamespaceOf(silo));
            Run("link", "add", $"{_name}h{silo}", "type", "veth", "peer", "name", "eth0", "netns", NamespaceOf(silo));
            Run("link", "set", $"{_name}h{silo}", "master", _name, "up");
            Run("-n", NamespaceOf(silo), "addr", "add", $"{AddressOf(silo)}/24", "dev", "eth0");
            Run("-n", NamespaceOf(silo), "link", "set", "eth0", "up");
            Run("-n", NamespaceOf(silo), "link", "set", "lo", "up");
        }
    }

    /// <summary>Skips the test, with the reason, where there can be none.</summary>
    public static SiloNetwork Create()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists(Program), "Network namespaces need root and iproute2.");
        return new SiloNetwork();
    }

    public static string AddressOf(int silo) => $"10.213.7.{silo}";

    /// <summary>Has a process start in the silo's namespace.</summary>
    public void Enter(int silo, ProcessStartInfo start)
    {
        foreach (string word in (string[])[start.FileName, NamespaceOf(silo), "exec", "netns"])
            start.ArgumentList.Insert(0, word);
        start.FileName = Program;
    }

    public void Cut(int silo) => Run("link", "set", $"{_name}h{silo}", "down");

    public void Mend(int silo) => Run("link", "set", $"{_name}h{silo}", "up");

    public void Dispose()
    {
        for (int silo = 1; silo <= MostSilos; silo++)
            Run("netns", "delete", NamespaceOf(silo));
        Run("link", "delete", _name);
    }

    private string NamespaceOf(int silo) => $"{_name}n{silo}";

    private static void Run(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Program, arguments) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"ip {string.Join(' ', arguments)}: {errors}");
    }
}
