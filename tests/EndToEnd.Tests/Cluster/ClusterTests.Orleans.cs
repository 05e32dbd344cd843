using System.Net;
using System.Text.Json;
using Gristmill.Crash;

namespace Gristmill.EndToEnd.Tests.Cluster;

public sealed class ClusterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TwoSilosOfOneMachine_WithoutRedis_AreOneCluster_AndShareTheirRecords()
    {
        Assert.SkipWhen(PostgresServer.Obstacle is not null, PostgresServer.Obstacle ?? "");
        await using PostgresServer postgres = await PostgresServer.StartAsync("fsync=off");
        using var data = new DataFolder();
        int port = SiloProcess.FreePort();
        string[] store = ["--Storage:Provider=PostgreSql", $"--Storage:ConnectionString={postgres.ConnectionString()}", "--Storage:AllowUnsafeServer=true"];
        await using SiloProcess first = await SiloProcess.StartAsync(data.Path, [.. store, $"--Cluster:SiloPort={port}"]);
        await using SiloProcess second = await SiloProcess.StartAsync(data.Path, [.. store, $"--Cluster:PrimarySiloPort={port}"]);

        JsonElement user = await first.Http.PostJsonAsync("/users", """{"name":"Ada","email":"ada@example.com"}""").ExpectAsync(HttpStatusCode.Created);
        string id = user.GetProperty("id").ToString();

        Assert.Contains("ada@example.com", await second.Http.GetStringAsync(new Uri($"/users/{id}", UriKind.Relative), Token), StringComparison.Ordinal);
        string engines = await second.Http.GetStringAsync(new Uri("/engine", UriKind.Relative), Token);
        Assert.Equal(2, JsonElement.Parse(engines).GetProperty("silos").GetArrayLength());
    }

    [Fact]
    public async Task Gateway_BeforeThereIsASilo_IsAliveAndNotReady_AndServesWhenOneCame_AndWhenItCameAgain()
    {
        using var data = new DataFolder();
        int siloPort = SiloProcess.FreePort();
        int gatewayPort = SiloProcess.FreePort();
        int httpPort = SiloProcess.FreePort();
        string[] ports = [$"--Cluster:SiloPort={siloPort}", $"--Cluster:GatewayPort={gatewayPort}"];
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{httpPort}") };

        Task<SiloProcess> starting = SiloProcess.StartAsync(
            data.File("none"), ProcessCluster.BecomeGateway, $"--urls=http://127.0.0.1:{httpPort}", $"--Cluster:GatewayPort={gatewayPort}");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, "/health/live", HttpStatusCode.OK));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(http, "/health/ready", HttpStatusCode.ServiceUnavailable));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(http, "/tasks", HttpStatusCode.ServiceUnavailable));

        SiloProcess silo = await SiloProcess.StartAsync(data.Path, ports);
        await using SiloProcess gateway = await starting;
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, "/tasks", HttpStatusCode.OK));

        await silo.KillAsync();
        await silo.DisposeAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(http, "/health/ready", HttpStatusCode.ServiceUnavailable));
        await using SiloProcess next = await SiloProcess.StartAsync(data.Path, ports);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, "/health/ready", HttpStatusCode.OK));
        await http.PostJsonAsync("/tasks?wait=20s", """{"kind":"math.add","input":{"operands":[1,2]}}""").ExpectAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task DirectTask_WhoseSiloIsKilled_IsGivenUpByTheGateway_WhichWaitsForALongOneOtherwise()
    {
        await using var cluster = await ProcessCluster.StartAsync(silos: 2);
        Task<JsonElement> slow = RunAsync("crash.slow", """{"milliseconds":3000}""").ExpectAsync(HttpStatusCode.OK);
        Assert.Equal("succeeded", (await slow).GetProperty("status").GetString());

        Task<HttpResponseMessage> endless = RunAsync("crash.endless", "{}");
        while (cluster.Executions.Count < 2 && !endless.IsCompleted)
            await Task.Delay(TimeSpan.FromMilliseconds(20), Token);
        Assert.False(endless.IsCompleted, "It was answered, and does not end.");
        SiloProcess silo = Enumerable.Range(1, 2).Select(cluster.Silo).Single(silo => silo.ProcessId == cluster.Executions[^1].Process);
        await silo.KillAsync();

        Assert.Equal("timeout", await endless.ExpectProblemAsync(504));

        Task<HttpResponseMessage> RunAsync(string kind, string input) =>
            cluster.Gateway.Http.PostJsonAsync("/tasks", $$"""{"kind":"{{kind}}","input":{{input}},"durability":"none"}""");
    }

    [Fact]
    public async Task Redis_ThatIsNotThere_EndsASiloWithOneLine()
    {
        Assert.SkipWhen(PostgresServer.Obstacle is not null, PostgresServer.Obstacle ?? "");
        await using PostgresServer postgres = await PostgresServer.StartAsync("fsync=off");
        int port = SiloProcess.FreePort();

        (int exitCode, string[] lines) = await SiloProcess.RunToEndAsync(
            "--urls=http://127.0.0.1:0", $"--Cluster:Redis=127.0.0.1:{port}",
            "--Storage:Provider=PostgreSql", $"--Storage:ConnectionString={postgres.ConnectionString()}", "--Storage:AllowUnsafeServer=true");

        Assert.Equal(1, exitCode);
        Assert.Contains($"Cluster:Redis (127.0.0.1:{port}) cannot be reached", Assert.Single(lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dashboard_ShowsFiguresToThisMachine_AndNothingThatRunsGrainMethods()
    {
        using var data = new DataFolder();
        await using SiloProcess silo = await SiloProcess.StartAsync(data.Path, "--Cluster:Dashboard=true");

        Assert.Contains("<html", await silo.Http.GetStringAsync(new Uri("/dashboard/", UriKind.Relative), Token), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(silo.Http, "/dashboard/ClusterStats", HttpStatusCode.OK));
        Assert.Equal(HttpStatusCode.NotFound, await OnceAsync(silo.Http, "/dashboard/GrainState?grainId=1&grainType=UserGrain"));
        Assert.Equal(HttpStatusCode.NotFound, await OnceAsync(silo.Http, "/dashboard/Trace"));
        Assert.Equal(HttpStatusCode.NotFound, await OnceAsync(silo.Http, "/dashboard/SiloMetadata/x"));
        foreach ((string Name, string Value) ofProxy in new[] { ("X-Forwarded-For", "203.0.113.9"), ("x-real-ip", "203.0.113.9"), ("Via", "1.1 proxy"), ("Forwarded", "for=203.0.113.9") })
            Assert.Equal(HttpStatusCode.Forbidden, await OnceAsync(silo.Http, "/dashboard/ClusterStats", ofProxy));
        Assert.Equal(HttpStatusCode.NotFound, await OnceAsync(silo.Http, "/dashboards"));
    }

    [Fact]
    public async Task Dashboard_UnlessAskedFor_IsNotThere()
    {
        using var data = new DataFolder();
        await using SiloProcess silo = await SiloProcess.StartAsync(data.Path);

        Assert.Equal(HttpStatusCode.NotFound, await OnceAsync(silo.Http, "/dashboard/"));
    }

    private static async Task<HttpStatusCode> OnceAsync(HttpClient http, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach ((string name, string value) in headers)
            request.Headers.Add(name, value);
        using HttpResponseMessage response = await http.SendAsync(request, Token);
        return response.StatusCode;
    }

    /// <summary>Asks until the answer is the expected one, for two minutes at most.</summary>
    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, string path, HttpStatusCode expected)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (true)
        {
            HttpStatusCode? status = null;
            try
            {
                status = await OnceAsync(http, path);
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            if (status == expected || patience.IsCancellationRequested)
                return status ?? 0;
            await Task.Delay(TimeSpan.FromMilliseconds(100), Token);
        }
    }
}
