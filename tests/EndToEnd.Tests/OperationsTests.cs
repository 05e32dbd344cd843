using System.Net;
using System.Text.Json;

namespace Gristmill.EndToEnd.Tests;

public sealed class OperationsTests(RunningSilo silo) : IClassFixture<RunningSilo>
{
    [Fact]
    public async Task Health_OfAStartedSilo_IsLiveAndReady()
    {
        Assert.Equal("live", (await GetJsonAsync("/health/live")).GetProperty("status").GetString());
        Assert.Equal("ready", (await GetJsonAsync("/health/ready")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task OpenApi_DescribesEveryRoute()
    {
        JsonElement document = await GetJsonAsync("/openapi/v1.json");

        Assert.StartsWith("3.1", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        JsonElement paths = document.GetProperty("paths");
        foreach (string path in new[] { "", "/batch", "/{id}", "/{id}/result", "/{id}/events", "/{id}/cancel", "/{id}/retry", "/cancel", "/retry" })
            Assert.True(paths.TryGetProperty($"/tasks{path}", out _), $"/tasks{path} is not described.");
        foreach (string path in new[] { "/users", "/users/{id}", "/task-kinds", "/task-kinds/{kind}", "/health/live", "/health/ready", "/metrics", "/engine" })
            Assert.True(paths.TryGetProperty(path, out _), $"{path} is not described.");
        Assert.True(paths.GetProperty("/users").GetProperty("post").GetProperty("requestBody").GetProperty("content").TryGetProperty("application/json", out _));
    }

    [Fact]
    public async Task OpenApi_AgreesWithWhatIsTakenAndAnswered()
    {
        JsonElement document = await GetJsonAsync("/openapi/v1.json");
        Assert.Equal("Gristmill", document.GetProperty("info").GetProperty("title").GetString());

        JsonElement paths = document.GetProperty("paths");
        Assert.Contains("wait", Parameters(paths.GetProperty("/tasks").GetProperty("post")));
        Assert.Contains("If-Match", Parameters(paths.GetProperty("/users/{id}").GetProperty("put")));
        Assert.Contains("If-None-Match", Parameters(paths.GetProperty("/users/{id}").GetProperty("get")));

        JsonElement schemas = document.GetProperty("components").GetProperty("schemas");
        Assert.Equal("integer", schemas.GetProperty("UserView").GetProperty("properties").GetProperty("id").GetProperty("type").GetString());
        string?[] required = [.. schemas.GetProperty("TaskView").GetProperty("required").EnumerateArray().Select(name => name.GetString())];
        Assert.Contains("status", required);
        Assert.DoesNotContain("error", required);
        Assert.DoesNotContain("result", required);
        foreach (string member in new[] { "code", "error", "traceId", "errors" })
            Assert.True(schemas.GetProperty("ProblemView").GetProperty("properties").TryGetProperty(member, out _), member);

        static string?[] Parameters(JsonElement operation) =>
            [.. operation.GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString())];
    }

    [Theory]
    [InlineData("/health/live", HttpStatusCode.OK)]
    [InlineData("/users/count", HttpStatusCode.OK)]
    [InlineData("/users/999999999", HttpStatusCode.NotFound)]
    [InlineData("/nowhere", HttpStatusCode.NotFound)]
    public async Task Head_AnswersAsGet_WithoutABody(string path, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, path);
        using HttpResponseMessage response = await silo.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Host_ThatIsNotThisMachine_IsRefused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health/live") { Headers = { Host = "elsewhere.example" } };
        using HttpResponseMessage response = await silo.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Docs_AreAPageThatLoadsNothingFromElsewhere()
    {
        string page = await silo.Http.GetStringAsync("/docs/index.html", TestContext.Current.CancellationToken);

        Assert.Contains("swagger-ui", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
        using HttpResponseMessage script = await silo.Http.GetAsync("/docs/swagger-ui-bundle.js", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, script.StatusCode);
    }

    [Fact]
    public async Task Engine_ShowsWorkersAndKernels_OfItsSilo()
    {
        await silo.Http.PostJsonAsync("/tasks", """{"kind":"math.add","durability":"none","input":{"operands":[1]}}""").ExpectAsync(HttpStatusCode.OK);

        JsonElement only = Assert.Single((await GetJsonAsync("/engine")).GetProperty("silos").EnumerateArray());
        JsonElement engine = only.GetProperty("engine");
        Assert.True(engine.GetProperty("tasks").GetProperty("succeeded").GetInt64() >= 1, engine.GetRawText());
        Assert.Equal(engine.GetProperty("totals").GetProperty("workers").GetInt32(), engine.GetProperty("workers").GetArrayLength());
        Assert.Equal("native", only.GetProperty("kernels").GetProperty("implementation").GetString());
    }

    [Fact]
    public async Task Metrics_OfTheEngine_AreExposed()
    {
        await silo.Http.PostJsonAsync("/tasks", """{"kind":"math.add","durability":"none","input":{"operands":[1]}}""").ExpectAsync(HttpStatusCode.OK);
        Assert.Contains("\ngristmill_", await silo.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_CountRequests()
    {
        await GetJsonAsync("/task-kinds/math.add");
        string text = await silo.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);

        Assert.Contains("# TYPE http_server_request_duration_seconds histogram\n", text, StringComparison.Ordinal);
        string count = text.Split('\n').Single(line =>
            line.StartsWith("http_server_request_duration_seconds_count{", StringComparison.Ordinal) && line.Contains("http_route=\"/task-kinds/{kind}\"", StringComparison.Ordinal));
        Assert.True(long.Parse(count.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture) >= 1, count);
    }

    private Task<JsonElement> GetJsonAsync(string path) => silo.Http.GetAsync(path, TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);
}
