using System.Text.Json;
using System.Text.RegularExpressions;

namespace Gristmill.Repository.Tests.Deployment;

/// <summary>
/// Rules, dashboard and autoscaler speak of metrics by name, and a name that nobody emits is a panel without data and an alert that never fires.
/// Those of the framework are looked for in a running silo (<c>tests/EndToEnd.Tests</c>).
/// </summary>
public sealed partial class MetricNameTests
{
    private static readonly string[] s_rooms = ["Client", "Grains", "Silo", "Storage", "TaskEngine"];

    [Fact]
    public void EveryMetricOfOurs_ThatADeploymentNames_IsDeclared()
    {
        HashSet<string> declared = Declared();
        var named = Deployed().Where(name => name.StartsWith("gristmill_", StringComparison.Ordinal)).ToHashSet();

        Assert.Contains("gristmill_tasks_ready_oldest_age_seconds", declared);
        Assert.NotEmpty(named);
        Assert.Empty(named.Except(declared));
    }

    [Fact]
    public void EveryRecordedMetric_ThatADeploymentNames_IsRecorded()
    {
        var recorded = RecordedName().Matches(RepositoryFiles.Read("deploy/prometheus/rules.yml")).Select(match => match.Groups[1].Value).ToHashSet();
        var named = Deployed().Where(name => name.Contains(':', StringComparison.Ordinal)).ToHashSet();

        Assert.NotEmpty(named);
        Assert.Empty(named.Except(recorded));
    }

    /// <summary>All names in expressions of rules and panels, and in what the autoscaler asks for.</summary>
    private static IEnumerable<string> Deployed() => Expressions()
        .SelectMany(expression => Name().Matches(Labels().Replace(expression, ""))).Select(match => match.Value);

    private static IEnumerable<string> Expressions()
    {
        foreach (Yaml rule in Yaml.Read("deploy/prometheus/rules.yml")["groups"].Items.SelectMany(group => group["rules"].Items))
            yield return rule["expr"].Text!;
        using JsonDocument dashboard = JsonDocument.Parse(RepositoryFiles.Read("deploy/grafana/dashboards/gristmill.json"));
        foreach (JsonElement panel in dashboard.RootElement.GetProperty("panels").EnumerateArray())
        {
            if (!panel.TryGetProperty("targets", out JsonElement targets))
                continue;
            foreach (JsonElement target in targets.EnumerateArray())
                yield return target.GetProperty("expr").GetString()!;
        }

        foreach (Yaml metric in Yaml.Read("deploy/kubernetes/autoscaling.yaml")["spec"]["metrics"].Items)
            yield return metric["external"]["metric"]["name"].Text ?? "";
        foreach (Yaml rule in Yaml.Read("deploy/kubernetes/prometheus-adapter.values.yaml")["rules"]["external"].Items)
            yield return rule["metricsQuery"].Text!;
    }

    /// <summary>What the sources declare, as Prometheus shows it.</summary>
    private static HashSet<string> Declared()
    {
        var names = new HashSet<string>();
        IEnumerable<string> sources = s_rooms
            .SelectMany(room => Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, room), "*Metrics*.cs", SearchOption.AllDirectories))
            // Emitted only for kinds that somebody has decorated.
            .Where(path => !path.EndsWith("Decorator.cs", StringComparison.Ordinal));
        foreach (string source in sources)
        {
            foreach (Match match in Instrument().Matches(File.ReadAllText(source)))
            {
                (string kind, string instrument) = (match.Groups["kind"].Value, match.Groups["name"].Value.Replace('.', '_'));
                string unit = Unit().Match(match.Groups["rest"].Value) switch { { Success: true } found => found.Groups[1].Value, _ => "" };
                string name = unit switch { "s" => $"{instrument}_seconds", "By" => $"{instrument}_bytes", _ => instrument };
                if (kind.Contains("Histogram", StringComparison.Ordinal))
                    names.UnionWith([$"{name}_bucket", $"{name}_sum", $"{name}_count"]);
                else
                    names.Add(kind is "CreateCounter" or "CreateObservableCounter" or "Count" ? $"{name}_total" : name);
            }
        }

        return names;
    }

    // Up to the first unit or description: what a measurement is read from may stand between.
    [GeneratedRegex("""\b(?<kind>Create(?:Observable)?(?:Counter|UpDownCounter|Gauge|Histogram)|Count|Gauge(?:Of\w+)?)(?:<\w+>)?\(\s*"(?<name>gristmill\.[\w.]+)"(?<rest>[^;]*);""")]
    private static partial Regex Instrument();

    [GeneratedRegex("""[,\s]"(s|By)",""")]
    private static partial Regex Unit();

    [GeneratedRegex(@"\b(?:by|without) ?\([^)]*\)|\{[^}]*\}")]
    private static partial Regex Labels();

    [GeneratedRegex(@"\b(?:gristmill[_:][\w:]+)\b")]
    private static partial Regex Name();

    [GeneratedRegex(@"record: (\S+)")]
    private static partial Regex RecordedName();
}
