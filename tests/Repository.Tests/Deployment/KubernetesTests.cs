using System.Globalization;

namespace Gristmill.Repository.Tests.Deployment;

/// <summary>deploy/kubernetes, as far as it can be read without a cluster.</summary>
public sealed class KubernetesTests
{
    private const string Folder = "deploy/kubernetes";

    private static readonly Yaml[] s_manifests =
        [.. Yaml.Read($"{Folder}/kustomization.yaml")["resources"].Items.SelectMany(file => Yaml.ReadAll($"{Folder}/{file.Text}"))];

    private static IEnumerable<Yaml> Deployments => OfKind("Deployment");

    [Fact]
    public void Kustomization_NamesEveryManifest() => Assert.Equal(
        Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, Folder), "*.yaml").Select(Path.GetFileName)
            .Except(["kustomization.yaml", "secret.example.yaml", "prometheus-adapter.values.yaml"]).Order(StringComparer.Ordinal),
        Yaml.Read($"{Folder}/kustomization.yaml")["resources"].Items.Select(file => file.Text).Order(StringComparer.Ordinal));

    [Fact]
    public void EverySetting_IsOneThatTheProductKnows()
    {
        string[] variables =
            [.. OfKind("ConfigMap").SelectMany(map => map["data"].Entries).Select(entry => entry.Key),
             .. Yaml.Read($"{Folder}/secret.example.yaml")["stringData"].Entries.Select(entry => entry.Key),
             .. Containers.SelectMany(container => container["env"].Items).Select(entry => entry["name"].Text!)];

        Assert.NotEmpty(variables);
        Assert.All(variables, variable => Assert.True(KnownSettings.Contains(variable), variable));
    }

    [Fact]
    public void EveryProbeAndPolicy_NamesAPortOfTheContainer()
    {
        foreach (Yaml container in Containers)
        {
            string[] ports = PortsOf(container);
            foreach (string probe in new[] { "startupProbe", "livenessProbe", "readinessProbe" })
                Assert.Contains(container[probe]["httpGet"]["port"].Text!, ports);
        }

        foreach (Yaml policy in OfKind("NetworkPolicy"))
        {
            string[] ports = PortsOf(Assert.Single(Containers, container => container["name"].Text == policy["metadata"]["name"].Text));
            Assert.All(policy["spec"]["ingress"].Items.SelectMany(rule => rule["ports"].Items), port => Assert.Contains(port["port"].Text!, ports));
        }

        Assert.All(OfKind("Service").SelectMany(service => service["spec"]["ports"].Items), port => Assert.Equal("http", port["targetPort"].Text));
    }

    [Fact]
    public void SiloPorts_AreTheDefaultsOfTheProduct()
    {
        Dictionary<string, string> ports = Assert.Single(Containers, container => container["name"].Text == "silo")["ports"].Items
            .ToDictionary(port => port["name"].Text!, port => port["containerPort"].Text!);
        string[] rows = RepositoryFiles.Read("docs/configuration.md").Split('\n');

        Assert.Contains(rows, row => row.StartsWith($"| `Cluster:SiloPort` | `{ports["silo"]}` |", StringComparison.Ordinal));
        Assert.Contains(rows, row => row.StartsWith($"| `Cluster:GatewayPort` | `{ports["gateway"]}` |", StringComparison.Ordinal));
    }

    [Fact]
    public void Pods_AreKilledOnlyAfterTheyCouldDrain()
    {
        Yaml settings = Assert.Single(OfKind("ConfigMap"), map => map["metadata"]["name"].Text == "gristmill-cluster")["data"];
        foreach (Yaml deployment in Deployments)
        {
            int grace = int.Parse(deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"].Text!, CultureInfo.InvariantCulture);
            Assert.True(TimeSpan.FromSeconds(grace) > KnownSettings.Drain(setting => settings[setting].Text), deployment["metadata"]["name"].Text);
        }
    }

    [Fact]
    public void WhatSelectsPods_SelectsThoseOfADeployment()
    {
        string[] labels = [.. Deployments.Select(deployment => LabelOf(deployment["spec"]["template"]["metadata"]["labels"]))];
        string[] selected =
            [.. Deployments.Concat(OfKind("PodDisruptionBudget")).Select(manifest => LabelOf(manifest["spec"]["selector"]["matchLabels"])),
             .. OfKind("Service").Select(service => LabelOf(service["spec"]["selector"])),
             .. OfKind("NetworkPolicy").Select(policy => LabelOf(policy["spec"]["podSelector"]["matchLabels"]))];

        Assert.Equal(2, labels.Length);
        Assert.Empty(selected.Except(labels));
        Assert.Equal("silo", Assert.Single(OfKind("HorizontalPodAutoscaler"))["spec"]["scaleTargetRef"]["name"].Text);
    }

    [Fact]
    public void MountedSecrets_AreWhereTheProductLooks()
    {
        Yaml settings = Assert.Single(OfKind("ConfigMap"), map => map["metadata"]["name"].Text == "gristmill-cluster")["data"];
        Assert.All(Containers, container => Assert.Contains(
            container["volumeMounts"].Items, mount => mount["mountPath"].Text == settings["Secrets__Directory"].Text));
    }

    private static IEnumerable<Yaml> Containers => Deployments.SelectMany(deployment => deployment["spec"]["template"]["spec"]["containers"].Items);

    private static IEnumerable<Yaml> OfKind(string kind) => s_manifests.Where(manifest => manifest["kind"].Text == kind);

    private static string[] PortsOf(Yaml container) => [.. container["ports"].Items.Select(port => port["name"].Text!)];

    private static string LabelOf(Yaml labels) => labels["app.kubernetes.io/name"].Text!;
}
