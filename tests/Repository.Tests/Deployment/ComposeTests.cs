using System.Globalization;
using System.Text.RegularExpressions;

namespace Gristmill.Repository.Tests.Deployment;

/// <summary>docker-compose.yml and what it mounts, as far as it can be read without Docker.</summary>
public sealed partial class ComposeTests
{
    private static readonly Yaml s_file = Yaml.Read("docker-compose.yml");

    private static IEnumerable<(string Key, Yaml Value)> Services => s_file["services"].Entries;

    private static IEnumerable<(string Key, Yaml Value)> OurServices =>
        Services.Where(service => service.Value["image"].Text!.StartsWith("gristmill/", StringComparison.Ordinal));

    // One for each image: several that build the same one at once collide.
    private static IEnumerable<(string Key, Yaml Value)> Built => Services.Where(service => service.Value["build"].IsThere);

    [Fact]
    public void Services_AreThoseOfACluster() => Assert.Equal(
        ["silo-1", "silo-2", "silo-3", "gateway-1", "gateway-2", "load-balancer", "redis", "postgres", "otel-collector", "prometheus", "grafana"],
        Services.Select(service => service.Key));

    [Fact]
    public void EverySetting_IsOneThatTheProductKnows()
    {
        string[] unknown =
            [.. from service in OurServices
                from variable in service.Value["environment"].Entries.Select(entry => entry.Key)
                    .Concat(service.Value["secrets"].Items.Select(secret => secret["target"].Text!))
                where !KnownSettings.Contains(variable)
                select $"{service.Key}: {variable}"];

        Assert.Empty(unknown);
    }

    [Fact]
    public void NoPassword_StandsInAnEnvironment()
    {
        string[] secrets =
            [.. from service in Services
                from entry in service.Value["environment"].Entries
                where entry.Key.Contains("PASSWORD", StringComparison.OrdinalIgnoreCase) && !entry.Key.EndsWith("_FILE", StringComparison.Ordinal)
                    || entry.Key is "Storage__ConnectionString" or "Cluster__Redis"
                select $"{service.Key}: {entry.Key}"];

        Assert.Empty(secrets);
    }

    [Fact]
    public void EveryImage_HasAVersion_AndEveryServiceOfOursIsProbedAndGivenTimeToEnd()
    {
        foreach ((string name, Yaml service) in Services)
            Assert.Matches(@":(\$\{GRISTMILL_VERSION:-)?v?\d+\.\d+", service["image"].Text);

        foreach ((string name, Yaml service) in OurServices)
        {
            Assert.Equal(["CMD", "probe", "8080", "/health/ready"], service["healthcheck"]["test"].Items.Select(word => word.Text!));
            var grace = TimeSpan.FromSeconds(int.Parse(service["stop_grace_period"].Text!.TrimEnd('s'), CultureInfo.InvariantCulture));
            Assert.True(grace > KnownSettings.Drain(setting => service["environment"][setting].Text), $"{name} is killed before it has drained.");
        }

        Assert.Contains("ASPNETCORE_URLS=http://+:8080", RepositoryFiles.Read("deploy/docker/Dockerfile"), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsMountedAndBuiltFrom_IsThere()
    {
        string[] paths =
            [.. Services.SelectMany(service => service.Value["volumes"].Items).Select(volume => volume.Text!.Split(':')[0]).Where(path => path.StartsWith('.')),
             .. Built.Select(service => service.Value["build"]["dockerfile"].Text!)];

        Assert.NotEmpty(paths);
        Assert.All(paths, path => Assert.True(Path.Exists(Path.Combine(RepositoryFiles.Root, path)), path));
        string dockerfile = RepositoryFiles.Read("deploy/docker/Dockerfile");
        Assert.Equal(OurServices.Select(service => service.Value["image"].Text).Distinct(), Built.Select(service => service.Value["image"].Text));
        Assert.All(Built, service => Assert.Matches($@"(?m)^FROM \w+ AS {service.Value["build"]["target"].Text}$", dockerfile));
    }

    [Fact]
    public void LoadBalancerAndPrometheus_NameTheServices()
    {
        string[] gateways = [.. Services.Select(service => service.Key).Where(name => name.StartsWith("gateway-", StringComparison.Ordinal))];
        Assert.Equal(
            gateways.Select(name => $"{name}:8080"),
            Server().Matches(RepositoryFiles.Read("deploy/haproxy/haproxy.cfg")).Select(match => match.Groups[1].Value));

        string[] targets =
            [.. Yaml.Read("deploy/prometheus/prometheus.yml")["scrape_configs"].Items
                .SelectMany(job => job["static_configs"].Items).SelectMany(group => group["targets"].Items).Select(target => target.Text!)];
        Assert.Equal([.. OurServices.Select(service => $"{service.Key}:8080"), "otel-collector:8888"], targets);
    }

    [Fact]
    public void EveryVariable_HasADefault_AndIsInTheExample()
    {
        string example = RepositoryFiles.Read(".env.example");
        MatchCollection variables = Variable().Matches(RepositoryFiles.Read("docker-compose.yml"));

        Assert.NotEmpty(variables);
        Assert.All(variables, variable => Assert.Contains($"\n{variable.Groups[1].Value}={variable.Groups[2].Value}\n", example, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"(?m)^\s+server \S+ (\S+)$")]
    private static partial Regex Server();

    [GeneratedRegex(@"\$\{(\w+):-([^}]*)\}")]
    private static partial Regex Variable();
}
