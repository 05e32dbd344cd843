using System.Net;
using System.Text.RegularExpressions;

namespace Gristmill.EndToEnd.Tests;

/// <summary>What docker-compose.yml and deploy/ ask of a running process.</summary>
public sealed partial class DeploymentTests(RunningSilo silo) : IClassFixture<RunningSilo>
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly string[] s_metricReaders = ["deploy/prometheus/rules.yml", "deploy/grafana/dashboards/gristmill.json"];

    [Fact]
    public async Task EveryPathThatIsProbedOrScraped_IsAnswered()
    {
        IEnumerable<string> files =
            ["docker-compose.yml", "deploy/haproxy/haproxy.cfg", "deploy/kubernetes/silo.yaml", "deploy/kubernetes/gateway.yaml"];
        string[] paths = [.. files.SelectMany(file => ProbedPath().Matches(RepositoryFiles.Read(file))).Select(match => match.Value).Distinct()];

        Assert.Equal(3, paths.Length);
        foreach (string path in paths)
        {
            using HttpResponseMessage answer = await silo.Http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path} is answered with {answer.StatusCode}.");
        }
    }

    [Fact]
    public async Task EveryMetricOfTheFramework_AndEveryCounterOfTasks_ThatRulesOrDashboardName_IsThereBeforeItsFirstEvent()
    {
        HashSet<string> missing =
            [.. s_metricReaders.SelectMany(file => FrameworkMetric().Matches(RepositoryFiles.Read(file)))
                .Select(match => match.Value)];
        Assert.True(missing.Count > 3, string.Join(", ", missing));

        // A request is counted after it was answered: the first scrape may come before.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(s_patience);
        while (missing.Count > 0)
        {
            Assert.False(patience.IsCancellationRequested, $"Nobody emitted {string.Join(", ", missing)} within {s_patience}.");
            string metrics = await silo.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
            missing.RemoveWhere(name => metrics.Contains($"\n{name}{{", StringComparison.Ordinal) || metrics.Contains($"\n{name} ", StringComparison.Ordinal));
        }
    }

    [GeneratedRegex(@"/health/\w+|(?<= )/metrics")]
    private static partial Regex ProbedPath();

    // A name that is asked for is followed by labels, a range, or the end of the expression; a label's name is not.
    [GeneratedRegex("""\b(?:(?:http|dotnet)_\w+|gristmill_tasks_\w+_total)(?=[{\[]|")""")]
    private static partial Regex FrameworkMetric();
}
