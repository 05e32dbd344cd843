using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Gristmill.EndToEnd.Tests.Cluster;

/// <summary>
/// docker-compose.yml with what it mounts and builds, read as Docker reads it, for processes of this machine. Where these must differ from containers is
/// in one table, <see cref="Replace"/>, and <see cref="Add"/>.
/// </summary>
internal sealed partial class ComposeFile(string folder)
{
    private static readonly Yaml s_file = Yaml.Read("docker-compose.yml");

    private readonly Dictionary<(string Service, int Port), int> _ports = [];

    /// <summary>The services that processes of this machine stand for. The others only watch.</summary>
    public static IReadOnlyList<string> Services { get; } =
        [.. s_file["services"].Entries.Select(service => service.Key).Except(["otel-collector", "prometheus", "grafana"])];

    /// <summary>The port of this machine that a container's port has become.</summary>
    public int Port(string service, int port)
    {
        lock (_ports)
            return _ports.TryGetValue((service, port), out int here) ? here : _ports[(service, port)] = SiloProcess.FreePort();
    }

    public ComposeService Read(string name)
    {
        Yaml service = s_file["services"][name];
        Mount(name, service);
        (Dictionary<string, string> environment, string[] command) = ImageOf(service);
        foreach ((string variable, Yaml value) in service["environment"].Entries)
            environment[variable] = Interpolate(value.Text!);
        if (service["command"].IsThere)
            command = Words(service["command"]);
        string[] check = Words(service["healthcheck"]["test"]);
        return new ComposeService(
            Name: name,
            Command: [.. command.Select(word => Replace(name, word)), .. AddArguments(name)],
            Environment: environment.Select(entry => (entry.Key, Value: Replace(name, entry.Value))).Concat(Add(name)).ToDictionary(e => e.Key, e => e.Value),
            HealthCheck: [.. (check[0] == "CMD-SHELL" ? ["/bin/sh", "-c", check[1]] : check[1..]).Select(word => Replace(name, word))],
            DependsOn: [.. service["depends_on"].Items.Select(item => item.Text!), .. service["depends_on"].Entries.Select(entry => entry.Key)],
            StopSignal: service["stop_signal"].Text ?? "SIGTERM",
            StopGracePeriod: TimeSpan.FromSeconds(double.Parse(service["stop_grace_period"].Text!.TrimEnd('s'), CultureInfo.InvariantCulture)));
    }

    /// <summary>A secret as its file holds it, for this machine.</summary>
    public string Secret(string name) => Replace("", File.ReadAllText(SecretFile(name))).TrimEnd();

    /// <summary>Has deploy/make-secrets.sh make the passwords.</summary>
    public void MakeSecrets()
    {
        using Process script = Process.Start(
            new ProcessStartInfo(Path.Combine(RepositoryFiles.Root, "deploy/make-secrets.sh"), [Path.Combine(folder, "secrets")]) { RedirectStandardOutput = true })!;
        script.StandardOutput.ReadToEnd();
        script.WaitForExit();
        Assert.Equal(0, script.ExitCode);
    }

    /// <summary>What stands in the files for containers, and what stands in its place for processes that share one machine's addresses, ports and folders.</summary>
    private string Replace(string service, string text) => new (string Written, string Here)[]
    {
        ("redis:6379", $"127.0.0.1:{Port("redis", 6379)}"),
        ("Host=postgres;", $"Host=127.0.0.1;Port={Port("postgres", 5432)};"),
        ("http://otel-collector:4317", $"http://127.0.0.1:{Port("otel-collector", 4317)}"), // There is none: nobody listens.
        ("gateway-1:8080", $"127.0.0.1:{Port("gateway-1", 8080)}"),
        ("gateway-2:8080", $"127.0.0.1:{Port("gateway-2", 8080)}"),
        ("http://+:8080", $"http://127.0.0.1:{Port(service, 8080)}"),
        ("bind :8080", $"bind 127.0.0.1:{Port(service, 8080)}"),
        ("127.0.0.1:8404", $"127.0.0.1:{Port(service, 8404)}"),
        ("redis-cli ", $"redis-cli -p {Port("redis", 6379)} "),
        ("Gristmill.Silo.dll", Built("SiloPath")),
        ("Gristmill.Client.dll", Built("GatewayPath")),
        ("/run/secrets", Path.Combine(folder, service, "run-secrets")),
        ("/data", Path.Combine(folder, service)),
        ("/usr/local/etc/haproxy", Path.Combine(folder, service)),
    }.Aggregate(text == "8080" ? $"{Port(service, 8080)}" : text, (all, row) => all.Replace(row.Written, row.Here, StringComparison.Ordinal));

    /// <summary>What a container needs not be told.</summary>
    private IEnumerable<(string Key, string Value)> Add(string service) =>
    [
        ("PATH", $"{folder}:{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin"), // The folder has the probe.
        ("HOME", folder),
        .. service switch
        {
            ['s', 'i', 'l', 'o', ..] => new[]
            {
                ("Cluster__AdvertisedAddress", "127.0.0.1"),
                ("Cluster__SiloPort", $"{Port(service, 11_111)}"),
                ("Cluster__GatewayPort", $"{Port(service, 30_000)}"),
                ("Cluster__MissedProbes", "20"), // Other tests starve silos of this machine: they would vote each other out, and nobody restarts them here.
            },
            "postgres" => [("PGHOST", "127.0.0.1"), ("PGPORT", $"{Port(service, 5432)}")],
            _ => [],
        },
    ];

    private string[] AddArguments(string service) => service == "redis" ? ["--port", $"{Port(service, 6379)}"] : [];

    /// <summary>Puts what a container has mounted into the folder of its service.</summary>
    private void Mount(string name, Yaml service)
    {
        string secrets = Directory.CreateDirectory(Path.Combine(folder, name, "run-secrets")).FullName;
        foreach (Yaml secret in service["secrets"].Items)
        {
            string source = secret.Text ?? secret["source"].Text!;
            File.WriteAllText(Path.Combine(secrets, secret.Text ?? secret["target"].Text!), Replace(name, File.ReadAllText(SecretFile(source))));
        }

        foreach (string[] volume in service["volumes"].Items.Select(item => item.Text!.Split(':')).Where(volume => volume[0].StartsWith('.')))
            File.WriteAllText(Replace(name, volume[1]), Replace(name, RepositoryFiles.Read(volume[0])));
    }

    private string SecretFile(string name) =>
        s_file["secrets"][name]["file"].Text!.Replace("${GRISTMILL_SECRETS:-./secrets}", Path.Combine(folder, "secrets"), StringComparison.Ordinal);

    /// <summary>What an image brings along: of ours, what the Dockerfile says; of HAProxy's and PostgreSQL's, what they are known to start.</summary>
    private static (Dictionary<string, string> Environment, string[] Command) ImageOf(Yaml service) => service["image"].Text!.Split(':')[0] switch
    {
        "haproxy" => ([], ["haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]),
        "redis" or "postgres" => ([], []),
        var image => ReadStage(s_file["services"].Entries.Single(s => s.Value["build"].IsThere && s.Value["image"].Text!.Split(':')[0] == image).Value["build"]["target"].Text!),
    };

    private static (Dictionary<string, string> Environment, string[] Command) ReadStage(string name)
    {
        Match stage = Regex.Match(RepositoryFiles.Read("deploy/docker/Dockerfile"), $@"(?ms)^FROM (\S+) AS {name}$(.*?)(?=^FROM |\z)");
        Assert.True(stage.Success, $"The Dockerfile has no stage {name}.");
        (Dictionary<string, string> environment, _) = stage.Groups[1].Value == "base" ? ReadStage("base") : ([], []);
        foreach (Match variable in Variable().Matches(stage.Groups[2].Value))
            environment[variable.Groups[1].Value] = variable.Groups[2].Value;
        Match entry = Regex.Match(stage.Groups[2].Value, @"(?m)^ENTRYPOINT (\[.*\])$");
        return (environment, entry.Success ? JsonSerializer.Deserialize<string[]>(entry.Groups[1].Value)! : []);
    }

    private static string[] Words(Yaml list) => [.. list.Items.Select(item => item.Text!)];

    private static string Interpolate(string text) => Default().Replace(text, "$1");

    private static string Built(string what) =>
        typeof(ComposeFile).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == what).Value!;

    [GeneratedRegex(@"(?m)^(?:ENV|   ) +(\w+)=(\S+)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\$\{\w+:-([^}]*)\}")]
    private static partial Regex Default();
}

/// <param name="Name">Of the service.</param>
/// <param name="Command">The program and its arguments; of PostgreSQL's those that come after its entry point.</param>
/// <param name="Environment">All of it.</param>
/// <param name="HealthCheck">The command that ends with 0 when the service is healthy.</param>
/// <param name="DependsOn">The services that are healthy before this one is started.</param>
/// <param name="StopSignal">What it is sent to end.</param>
/// <param name="StopGracePeriod">How long it may take.</param>
internal sealed record ComposeService(
    string Name, string[] Command, Dictionary<string, string> Environment, string[] HealthCheck, string[] DependsOn, string StopSignal, TimeSpan StopGracePeriod);
