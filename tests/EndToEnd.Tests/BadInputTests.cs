using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Gristmill.EndToEnd.Tests;

public sealed class BadInputTests(RunningSilo silo) : IClassFixture<RunningSilo>
{
    public static TheoryData<string, string> BadUserBodies => new()
    {
        { "truncated", """{"name":"A","email":"a@b" """ },
        { "no JSON", "name=A" },
        { "empty", "" },
        { "trailing data", """{"name":"A","email":"a@b"} {}""" },
        { "comment", """{"name":"A",/* x */"email":"a@b"}""" },
        { "an array", """[{"name":"A","email":"a@b"}]""" },
        { "name of a wrong type", """{"name":5,"email":"a@b"}""" },
        { "name null", """{"name":null,"email":"a@b"}""" },
        { "name missing", """{"email":"a@b"}""" },
        { "name empty", """{"name":"","email":"a@b"}""" },
        { "name blank", """{"name":" \t","email":"a@b"}""" },
        { "name with U+0000", """{"name":"a\u0000b","email":"a@b"}""" },
        { "name of 201 characters", $$"""{"name":"{{new string('x', 201)}}","email":"a@b"}""" },
        { "name of 100,000 characters", $$"""{"name":"{{new string('x', 100_000)}}","email":"a@b"}""" },
        { "lone surrogate in a value", """{"name":"\ud800","email":"a@b"}""" },
        { "lone surrogate in the only property name", """{"\ud800":1}""" },
        { "lone surrogate in a property name", """{"name":"A","email":"a@b","\udc00":1}""" },
        { "e-mail without @", """{"name":"A","email":"ab"}""" },
        { "e-mail of 321 characters", $$"""{"name":"A","email":"@{{new string('x', 320)}}"}""" },
        { "active of a wrong type", """{"name":"A","email":"a@b","active":"yes"}""" },
        { "active as 1e400", """{"name":"A","email":"a@b","active":1e400}""" },
        { "duplicate property", """{"name":"A","name":"B","email":"a@b"}""" },
        { "duplicate property, escaped", """{"name":"A","\u006eame":"B","email":"a@b"}""" },
        { "unknown property", """{"name":"A","email":"a@b","nickname":"x"}""" },
        { "depth 100,000", new string('[', 100_000) + new string(']', 100_000) },
        { "depth 100,000 in a field", $$"""{"name":"A","email":"a@b","id":{{new string('[', 100_000)}}{{new string(']', 100_000)}}}""" },
    };

    public static TheoryData<string, string> BadTaskBodies => new()
    {
        { "kind missing", """{"durability":"none","input":{"operands":[1]}}""" },
        { "kind of a wrong type", """{"kind":1,"durability":"none","input":{"operands":[1]}}""" },
        { "input missing", """{"kind":"math.add","durability":"none"}""" },
        { "input an array", """{"kind":"math.add","durability":"none","input":[1]}""" },
        { "operand of a wrong type", """{"kind":"math.add","durability":"none","input":{"operands":["1"]}}""" },
        { "operand 1e400", """{"kind":"math.add","durability":"none","input":{"operands":[1e400]}}""" },
        { "operand 1.5", """{"kind":"math.add","durability":"none","input":{"operands":[1.5]}}""" },
        { "operand 2^63", """{"kind":"math.add","durability":"none","input":{"operands":[9223372036854775808]}}""" },
        { "operands missing", """{"kind":"math.add","durability":"none","input":{}}""" },
        { "unknown input property", """{"kind":"math.add","durability":"none","input":{"operands":[1],"x":1}}""" },
        { "duplicate input property", """{"kind":"math.add","durability":"none","input":{"operands":[1],"operands":[2]}}""" },
        { "input text with a lone surrogate", """{"kind":"string.reverse","durability":"none","input":{"input":"\ud83d"}}""" },
        { "priority 10", """{"kind":"math.add","durability":"none","priority":10,"input":{"operands":[1]}}""" },
        { "attempts 0", """{"kind":"math.add","durability":"none","maxAttempts":0,"input":{"operands":[1]}}""" },
        { "deadline without its zone", """{"kind":"math.add","durability":"none","deadline":"2999-01-01T00:00:00","input":{"operands":[1]}}""" },
        { "kind of 300 characters", $$$"""{"kind":"{{{new string('k', 300)}}}","durability":"none","input":{"operands":[1]}}""" },
        { "time-out zero", """{"kind":"math.add","durability":"none","timeout":0,"input":{"operands":[1]}}""" },
        { "time-out of words", """{"kind":"math.add","durability":"none","timeout":"soon","input":{"operands":[1]}}""" },
        { "deadline in the past", """{"kind":"math.add","durability":"none","deadline":"2001-01-01T00:00:00Z","input":{"operands":[1]}}""" },
        { "tags, which need storage", """{"kind":"math.add","durability":"none","input":{"operands":[1]},"tags":["a"]}""" },
        { "unknown property", """{"kind":"math.add","durability":"none","input":{"operands":[1]},"prio":1}""" },
    };

    [Theory]
    [MemberData(nameof(BadUserBodies))]
    public async Task UserBody_ThatIsWrong_IsRefusedAndNothingIsStored(string what, string body)
    {
        _ = what;
        JsonElement before = await CreateAsync();

        Assert.Equal("invalid_input", await silo.Http.PostJsonAsync("/users", body).ExpectProblemAsync(400));
        await silo.Http.PutJsonAsync($"/users/{before.GetProperty("id")}", body).ExpectProblemAsync(400);

        // The next id follows at once: the refused requests took none. The record is as it was.
        JsonElement after = await CreateAsync();
        Assert.Equal(before.GetProperty("id").GetInt64() + 1, after.GetProperty("id").GetInt64());
        JsonElement user = await silo.Http.GetAsync($"/users/{before.GetProperty("id")}", TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);
        Assert.Equal("Intact", user.GetProperty("name").GetString());
    }

    [Theory]
    [MemberData(nameof(BadTaskBodies))]
    public async Task TaskBody_ThatIsWrong_IsRefused(string what, string body)
    {
        _ = what;
        Assert.Equal("invalid_input", await silo.Http.PostJsonAsync("/tasks", body).ExpectProblemAsync(400));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.5")]
    [InlineData("1e3")]
    [InlineData("9223372036854775808")]
    [InlineData("abc")]
    [InlineData("%20")]
    [InlineData("%D9%A1")]
    public async Task UserId_ThatIsNoPositiveInteger_IsRefused(string id)
    {
        Assert.Equal("invalid_input", await silo.Http.GetAsync($"/users/{id}", TestContext.Current.CancellationToken).ExpectProblemAsync(400));
        await silo.Http.DeleteAsync($"/users/{id}", TestContext.Current.CancellationToken).ExpectProblemAsync(400);
        await silo.Http.PutJsonAsync($"/users/{id}", """{"name":"A","email":"a@b"}""").ExpectProblemAsync(400);
    }

    [Fact]
    public async Task UserId_TheLargest_IsMerelyNotFound() =>
        await silo.Http.GetAsync("/users/9223372036854775807", TestContext.Current.CancellationToken).ExpectProblemAsync(404);

    [Fact]
    public async Task SeveralFields_ThatAreWrong_AreAllNamed()
    {
        using HttpResponseMessage response = await silo.Http.PostJsonAsync("/users", """{"name":"","email":"nowhere","active":3}""");
        JsonElement errors = (await response.BodyAsync()).GetProperty("errors");

        Assert.Equal(["active", "email", "name"], errors.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task UnknownFields_HoweverMany_AreAnsweredBriefly()
    {
        string body = "{" + string.Join(',', Enumerable.Range(0, 50_000).Select(i => $"\"k{i}\":1")) + "}";
        using HttpResponseMessage response = await silo.Http.PostJsonAsync("/users", body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.InRange((await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length, 1, 10_000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_Of31Megabytes_Is413(bool askFirst)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/users") { Content = new ByteArrayContent(new byte[31 << 20]) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.ExpectContinue = askFirst;
        Assert.Equal("payload_too_large", await silo.Http.SendAsync(request, TestContext.Current.CancellationToken).ExpectProblemAsync(413));
    }

    [Fact]
    public async Task Body_ThatIsNotUtf8_IsRefused()
    {
        using var content = new ByteArrayContent([.. "{\"name\":\""u8, 0xFF, 0xC0, .. "\",\"email\":\"a@b\"}"u8]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        await silo.Http.PostAsync("/users", content, TestContext.Current.CancellationToken).ExpectProblemAsync(400);
    }

    [Theory]
    [InlineData("text/plain; charset=utf-8")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task Body_OfAnotherContentType_Is415(string contentType)
    {
        using var content = new StringContent("""{"name":"A","email":"a@b"}""");
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        Assert.Equal("unsupported_media_type", await silo.Http.PostAsync("/users", content, TestContext.Current.CancellationToken).ExpectProblemAsync(415));
    }

    [Theory]
    [InlineData("01")]
    [InlineData("+1")]
    [InlineData("0")]
    public async Task UserId_InAnotherSpelling_IsNoUser(string id) => Assert.Equal(
        "invalid_input", await silo.Http.GetAsync($"/users/{Uri.EscapeDataString(id)}", TestContext.Current.CancellationToken).ExpectProblemAsync(400));

    [Fact]
    public async Task UnknownPathAndMethod_AreProblems()
    {
        Assert.Equal("not_found", await silo.Http.GetAsync("/nowhere", TestContext.Current.CancellationToken).ExpectProblemAsync(404));
        Assert.Equal("method_not_allowed", await silo.Http.DeleteAsync("/tasks", TestContext.Current.CancellationToken).ExpectProblemAsync(405));
    }

    [Theory]
    [InlineData("wait=soon")]
    [InlineData("wait=-1")]
    [InlineData("wait=1e400")]
    [InlineData("wait=10d")]
    public async Task Wait_ThatIsNoUsableTime_IsRefused(string query) =>
        await silo.Http.PostJsonAsync($"/tasks?{query}", """{"kind":"math.add","durability":"none","input":{"operands":[1]}}""").ExpectProblemAsync(400);

    [Fact]
    public async Task IdempotencyKey_WithoutDurability_IsRefused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/tasks")
        {
            Content = HttpExtensions.Json("""{"kind":"math.add","durability":"none","input":{"operands":[1]}}"""),
            Headers = { { "Idempotency-Key", "k" } },
        };
        await silo.Http.SendAsync(request, TestContext.Current.CancellationToken).ExpectProblemAsync(400);
    }

    private Task<JsonElement> CreateAsync() =>
        silo.Http.PostJsonAsync("/users", """{"name":"Intact","email":"i@example.com"}""").ExpectAsync(HttpStatusCode.Created);
}
