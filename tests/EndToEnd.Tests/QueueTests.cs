using System.Net;
using System.Text.Json;

namespace Gristmill.EndToEnd.Tests;

public sealed class QueueTests(RunningSilo silo) : IClassFixture<RunningSilo>
{
    [Fact]
    public async Task Limits_AreShownAsTheyWerePut()
    {
        JsonElement put = await silo.Http.PutJsonAsync(
            "/queues/mail",
            """{"maxConcurrency":5,"rateLimit":{"limit":100,"period":"1m"},"maxConcurrencyPerKey":1,"rateLimitPerKey":{"limit":2,"period":0.5}}""")
            .ExpectAsync(HttpStatusCode.OK);
        JsonElement read = await GetAsync("/queues/mail");

        Assert.Equal(put.GetRawText(), read.GetRawText());
        Assert.Equal(
            """{"name":"mail","paused":false,"depth":0,"running":0,"maxConcurrency":5,"rateLimit":{"limit":100,"period":60},"maxConcurrencyPerKey":1,"rateLimitPerKey":{"limit":2,"period":0.5}}""",
            read.GetRawText());
        Assert.Contains((await GetAsync("/queues")).EnumerateArray(), queue => queue.GetRawText() == read.GetRawText());
    }

    [Fact]
    public async Task PausedQueue_KeepsItsTasksUntilItIsResumed()
    {
        await PostAsync("/queues/held/pause");
        JsonElement task = await silo.Http.PostJsonAsync("/tasks", """{"kind":"math.add","input":{"operands":[40,2]},"queue":"held"}""")
            .ExpectAsync(HttpStatusCode.Accepted);
        string id = task.GetProperty("id").GetString()!;

        JsonElement waiting = await GetAsync($"/tasks/{id}");
        Assert.Equal(("queued", "The queue 'held' is paused."), (waiting.GetProperty("status").GetString(), waiting.GetProperty("waitReason").GetString()));
        JsonElement queue = await GetAsync("/queues/held");
        Assert.Equal((true, 1), (queue.GetProperty("paused").GetBoolean(), queue.GetProperty("depth").GetInt32()));
        Assert.True(queue.GetProperty("oldestAgeSeconds").GetDouble() >= 0);

        await PostAsync("/queues/held/resume");
        Assert.Equal("""{"result":42}""", (await GetAsync($"/tasks/{id}/result?wait=30s")).GetRawText());
    }

    [Theory]
    [InlineData("""{"maxConcurency":5}""", "maxConcurency")]
    [InlineData("""{"maxConcurrency":0}""", "maxConcurrency")]
    [InlineData("""{"rateLimit":{"limit":5}}""", "rateLimit.period")]
    [InlineData("""{"rateLimit":{"limit":-1,"period":"1m"}}""", "rateLimit.limit")]
    [InlineData("""{"rateLimit":{"limit":1,"period":"1ms"}}""", "rateLimit.period")]
    [InlineData("""{"rateLimitPerKey":{"limit":1,"period":"1m","burst":3}}""", "rateLimitPerKey.burst")]
    [InlineData("""{"rateLimit":"fast"}""", "rateLimit")]
    public async Task WrongLimits_AreRefusedByName(string json, string field)
    {
        using HttpResponseMessage response = await silo.Http.PutJsonAsync("/queues/wrong", json);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.True((await response.BodyAsync()).GetProperty("errors").TryGetProperty(field, out _), $"{field} is not named.");
        Assert.False((await GetAsync("/queues/wrong")).TryGetProperty("maxConcurrency", out _));
    }

    [Fact]
    public async Task NameThatIsNoQueue_Is400() =>
        Assert.Equal("invalid_input", await silo.Http.GetAsync("/queues/a%20b", TestContext.Current.CancellationToken).ExpectProblemAsync(400));

    private Task<JsonElement> GetAsync(string path) =>
        silo.Http.GetAsync(path, TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);

    private Task<JsonElement> PostAsync(string path) =>
        silo.Http.PostAsync(path, null, TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);
}
