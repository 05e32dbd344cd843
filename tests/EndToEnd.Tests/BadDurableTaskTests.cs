using System.Net;
using System.Text.Json;

namespace Gristmill.EndToEnd.Tests;

/// <summary>Requests for durable tasks that are wrong: a clear error, and nothing is stored.</summary>
public sealed class BadDurableTaskTests(RunningSilo silo) : IClassFixture<RunningSilo>
{
    public static TheoryData<string, string> BadTasks => new()
    {
        { "input.operands", """{"kind":"math.add","input":{}}""" },
        { "input.operands[1]", """{"kind":"math.add","input":{"operands":[1,"2"]}}""" },
        { "input.x", """{"kind":"math.add","input":{"operands":[1],"x":1}}""" },
        { "input.operands", """{"kind":"math.add","input":{"operands":[1],"operands":[2]}}""" },
        { "priority", """{"kind":"math.add","input":{"operands":[1]},"priority":10}""" },
        { "delay", """{"kind":"math.add","input":{"operands":[1]},"delay":-5}""" },
        { "deadline", """{"kind":"math.add","input":{"operands":[1]},"deadline":"2001-01-01T00:00:00Z"}""" },
        { "maxAttempts", """{"kind":"math.add","input":{"operands":[1]},"maxAttempts":0}""" },
        { "queue", """{"kind":"math.add","input":{"operands":[1]},"queue":"no such name"}""" },
        { "tags", """{"kind":"math.add","input":{"operands":[1]},"tags":["\u0000"]}""" },
    };

    [Theory]
    [MemberData(nameof(BadTasks))]
    public async Task Task_ThatIsWrong_IsRefusedNamingTheField(string field, string body)
    {
        using HttpResponseMessage response = await silo.Http.PostJsonAsync("/tasks", body);
        JsonElement problem = await response.BodyAsync();
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal([field], problem.GetProperty("errors").EnumerateObject().Select(error => error.Name));

        Assert.Equal("invalid_input", await silo.Http.PostJsonAsync("/tasks/batch", $"[{body}]").ExpectProblemAsync(400));
        await NothingIsStoredAsync();
    }

    [Fact]
    public async Task UnknownKind_Is404WithTheNearestNames()
    {
        using HttpResponseMessage response = await silo.Http.PostJsonAsync("/tasks", """{"kind":"math.ad","input":{}}""");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("math.add", (await response.BodyAsync()).GetProperty("detail").GetString(), StringComparison.Ordinal);
        await NothingIsStoredAsync();
    }

    [Fact]
    public async Task Payload_OverTheLimit_Is413()
    {
        string body = $$$"""{"kind":"string.reverse","input":{"input":"{{{new string('x', 5 << 20)}}}"}}""";
        Assert.Equal("payload_too_large", await silo.Http.PostJsonAsync("/tasks", body).ExpectProblemAsync(413));
        Assert.Equal("payload_too_large", await silo.Http.PostJsonAsync("/tasks/batch", $"[{body}]").ExpectProblemAsync(413));
        await NothingIsStoredAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("[1,2")]
    [InlineData("""{"tasks":[]}""")]
    [InlineData("[1,null,{}]")]
    public async Task Batch_WithoutATask_IsRefused(string body) =>
        Assert.Equal("invalid_input", await silo.Http.PostJsonAsync("/tasks/batch", body).ExpectProblemAsync(400));

    [Theory]
    [InlineData("/tasks/x")]
    [InlineData("/tasks/0")]
    [InlineData("/tasks/01M7ZXQYK70000EX2Y2TZKV7W")]
    [InlineData("/tasks/ZZZZZZZZZZZZZZZZZZZZZZZZZZ")]
    [InlineData("/tasks/01M7ZXQYK70000EX2Y2TZKV7WU/result")]
    [InlineData("/tasks/x/events")]
    [InlineData("/tasks?limit=0")]
    [InlineData("/tasks?limit=1001")]
    [InlineData("/tasks?cursor=AAAA")]
    [InlineData("/tasks?status=done")]
    [InlineData("/tasks?owner=-1")]
    [InlineData("/tasks?since=now")]
    public async Task Question_ThatIsWrong_IsRefused(string path) =>
        Assert.Equal("invalid_input", await silo.Http.GetAsync(path, TestContext.Current.CancellationToken).ExpectProblemAsync(400));

    [Theory]
    [InlineData("01M7ZXQYK70000EX2Y2TZKV7WQ")]
    [InlineData("01M7ZXQYK7ZZZZEX2Y2TZKV7WQ")]
    public async Task UnknownTask_Is404Everywhere(string id)
    {
        foreach (string path in new[] { "", "/result", "/events" })
            Assert.Equal("not_found", await silo.Http.GetAsync($"/tasks/{id}{path}", TestContext.Current.CancellationToken).ExpectProblemAsync(404));
        foreach (string path in new[] { "/cancel", "/retry" })
            Assert.Equal("not_found", await silo.Http.PostAsync($"/tasks/{id}{path}", null, TestContext.Current.CancellationToken).ExpectProblemAsync(404));
    }

    [Fact]
    public async Task FixedPaths_WithAnotherMethod_Are405()
    {
        foreach (string path in new[] { "/tasks/batch", "/tasks/cancel", "/tasks/retry" })
            Assert.Equal("method_not_allowed", await silo.Http.GetAsync(path, TestContext.Current.CancellationToken).ExpectProblemAsync(405));
    }

    private async Task NothingIsStoredAsync()
    {
        JsonElement tasks = await silo.Http.GetAsync("/tasks", TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);
        Assert.Equal(0, tasks.GetArrayLength());
    }
}
