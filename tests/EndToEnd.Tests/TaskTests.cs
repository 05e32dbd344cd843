using System.Net;
using System.Text.Json;

namespace Gristmill.EndToEnd.Tests;

public sealed class TaskTests(RunningSilo silo) : IClassFixture<RunningSilo>
{
    [Theory]
    [InlineData("math.add", """{"operands":[1,2,3]}""", """{"result":6}""")]
    [InlineData("math.add", """{"operands":[]}""", """{"result":0}""")]
    [InlineData("math.add", """{"operands":[9223372036854775807,-9223372036854775808]}""", """{"result":-1}""")]
    [InlineData("math.multiply", """{"operands":[6,7]}""", """{"result":42}""")]
    [InlineData("math.factorial", """{"operands":[20]}""", """{"result":2432902008176640000}""")]
    [InlineData("string.reverse", """{"input":"hello"}""", """{"output":"olleh"}""")]
    [InlineData("string.uppercase", """{"input":"straße abc"}""", """{"output":"STRAßE ABC"}""")]
    [InlineData("string.hash", """{"input":""}""", """{"output":"ef46db3751d8e999"}""")]
    [InlineData("string.hash", """{"input":"123456789","algorithm":"crc32c"}""", """{"output":"e3069283"}""")]
    [InlineData("string.hash", """{"input":"abc","algorithm":"sha256"}""", """{"output":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}""")]
    public async Task Task_OfABuiltInKind_GivesItsResult(string kind, string input, string output)
    {
        JsonElement task = await RunAsync(kind, input);

        Assert.Equal("succeeded", task.GetProperty("status").GetString());
        Assert.Equal(output, task.GetProperty("result").GetRawText());
        Assert.Equal(1, task.GetProperty("attempts").GetInt32());
        Assert.True(TaskIdLooksRight(task.GetProperty("id").GetString()!));
    }

    [Fact]
    public async Task Reverse_OfFamilyEmoji_KeepsGraphemesWhole()
    {
        JsonElement task = await RunAsync("string.reverse", """{"input":"a👩‍👩‍👧é"}""");
        Assert.Equal("é👩‍👩‍👧a", task.GetProperty("result").GetProperty("output").GetString());
    }

    [Theory]
    [InlineData("math.factorial", """{"operands":[21]}""")]
    [InlineData("math.add", """{"operands":[9223372036854775807,1]}""")]
    [InlineData("math.multiply", """{"operands":[4611686018427387904,2]}""")]
    public async Task Result_ThatDoesNotFit_IsTheErrorOverflow(string kind, string input)
    {
        JsonElement task = await RunAsync(kind, input);

        Assert.Equal("failed", task.GetProperty("status").GetString());
        Assert.Equal("overflow", task.GetProperty("error").GetProperty("code").GetString());
        Assert.False(task.TryGetProperty("result", out _));
    }

    [Fact]
    public async Task UnknownKind_Is404AndNamesTheNearest()
    {
        using HttpResponseMessage response = await silo.Http.PostJsonAsync("/tasks", """{"kind":"math.ad","durability":"none","input":{}}""");
        JsonElement problem = await response.BodyAsync();

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("unknown_task_kind", problem.GetProperty("code").GetString());
        Assert.Contains("math.add", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TaskKinds_AreListedWithSchemas()
    {
        JsonElement kinds = await silo.Http.GetAsync("/task-kinds", TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);
        string?[] names = [.. kinds.EnumerateArray().Select(kind => kind.GetProperty("name").GetString())];
        foreach (string expected in new[] { "math.add", "math.multiply", "math.factorial", "string.reverse", "string.uppercase", "string.hash" })
            Assert.Contains(expected, names);

        JsonElement add = await silo.Http.GetAsync("/task-kinds/math.add", TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);
        Assert.Equal("array", add.GetProperty("inputSchema").GetProperty("properties").GetProperty("operands").GetProperty("type").GetString());
        Assert.Equal("unknown_task_kind", await silo.Http.GetAsync("/task-kinds/math.sub", TestContext.Current.CancellationToken).ExpectProblemAsync(404));
    }

    private Task<JsonElement> RunAsync(string kind, string input) =>
        silo.Http.PostJsonAsync("/tasks?wait=30s", $$"""{"kind":"{{kind}}","durability":"none","input":{{input}}}""").ExpectAsync(HttpStatusCode.OK);

    private static bool TaskIdLooksRight(string id) => id.Length == 26 && id.All(char.IsAsciiLetterOrDigit);
}
