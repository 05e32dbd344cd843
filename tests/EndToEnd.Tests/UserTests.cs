using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Gristmill.EndToEnd.Tests;

public sealed class UserTests(RunningSilo silo) : IClassFixture<RunningSilo>
{
    [Fact]
    public async Task User_CreatedReadReplacedDeleted_IsWhatTheClientSent()
    {
        using HttpResponseMessage created = await silo.Http.PostJsonAsync("/users", """{"name":"Ada","email":"ada@example.com"}""");
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        JsonElement creation = await created.BodyAsync();
        long id = creation.GetProperty("id").GetInt64();
        Assert.Equal("User created successfully", creation.GetProperty("message").GetString());
        Assert.Equal($"/users/{id}", created.Headers.Location?.OriginalString);

        JsonElement user = await silo.Http.GetAsync($"/users/{id}", TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);
        Assert.Equal("Ada", user.GetProperty("name").GetString());
        Assert.Equal("ada@example.com", user.GetProperty("email").GetString());
        Assert.True(user.GetProperty("active").GetBoolean());
        Assert.InRange(user.GetProperty("created_at").GetInt64(), 1_700_000_000, 4_000_000_000);

        JsonElement replaced = await silo.Http.PutJsonAsync($"/users/{id}", """{"id":77,"name":"Ada L","email":"al@example.com","active":false,"created_at":1}""")
            .ExpectAsync(HttpStatusCode.OK);
        Assert.Equal(id, replaced.GetProperty("id").GetInt64());
        Assert.Equal("Ada L", replaced.GetProperty("name").GetString());
        Assert.False(replaced.GetProperty("active").GetBoolean());
        Assert.Equal(user.GetProperty("created_at").GetInt64(), replaced.GetProperty("created_at").GetInt64());

        await silo.Http.DeleteAsync($"/users/{id}", TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.NoContent);
        Assert.Equal("not_found", await silo.Http.GetAsync($"/users/{id}", TestContext.Current.CancellationToken).ExpectProblemAsync(404));
        await silo.Http.DeleteAsync($"/users/{id}", TestContext.Current.CancellationToken).ExpectProblemAsync(404);
        await silo.Http.PutJsonAsync($"/users/{id}", """{"name":"A","email":"a@b"}""").ExpectProblemAsync(404);
    }

    [Fact]
    public async Task ETag_IfMatchAndIfNoneMatch_AreHonoured()
    {
        long id = await CreateAsync();
        using HttpResponseMessage read = await silo.Http.GetAsync($"/users/{id}", TestContext.Current.CancellationToken);
        EntityTagHeaderValue etag = read.Headers.ETag!;

        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync(HttpMethod.Get, id, request => request.Headers.IfNoneMatch.Add(etag)));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await StatusAsync(HttpMethod.Put, id, request => request.Headers.IfMatch.Add(new("\"other\""))));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Put, id, request => request.Headers.IfMatch.Add(etag)));
        // The write changed the ETag: the old one no longer matches, nor does it for a delete.
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Get, id, request => request.Headers.IfNoneMatch.Add(etag)));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await StatusAsync(HttpMethod.Delete, id, request => request.Headers.IfMatch.Add(etag)));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(HttpMethod.Delete, id, request => request.Headers.TryAddWithoutValidation("If-Match", "bare")));
        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(HttpMethod.Delete, id, request => request.Headers.IfMatch.Add(EntityTagHeaderValue.Any)));
    }

    [Fact]
    public async Task ConcurrentUpdates_WithOneETag_OneWins()
    {
        long id = await CreateAsync();
        using HttpResponseMessage read = await silo.Http.GetAsync($"/users/{id}", TestContext.Current.CancellationToken);
        EntityTagHeaderValue etag = read.Headers.ETag!;

        HttpStatusCode[] answers = await Task.WhenAll(Enumerable.Range(0, 100)
            .Select(_ => StatusAsync(HttpMethod.Put, id, request => request.Headers.IfMatch.Add(etag))));

        Assert.Equal(1, answers.Count(status => status == HttpStatusCode.OK));
        Assert.Equal(99, answers.Count(status => status == HttpStatusCode.PreconditionFailed));
    }

    [Theory]
    [InlineData("Ελλάδα")]
    [InlineData("İstanbul ß 𝔘𝔫𝔦 👩‍👩‍👧‍👦")]
    [InlineData("a\u0001b\u2028c\uFFFDd\U0010FFFF")]
    public async Task Name_OfAnyPlane_ComesBackAsItWas(string name)
    {
        string json = JsonSerializer.Serialize(new { name, email = "ü@例え.jp" });
        JsonElement created = await silo.Http.PostJsonAsync("/users", json).ExpectAsync(HttpStatusCode.Created);
        JsonElement user = await silo.Http.GetAsync($"/users/{created.GetProperty("id")}", TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);

        Assert.Equal(name, user.GetProperty("name").GetString());
        Assert.Equal("ü@例え.jp", user.GetProperty("email").GetString());
    }

    private async Task<long> CreateAsync()
    {
        JsonElement created = await silo.Http.PostJsonAsync("/users", """{"name":"Grace","email":"g@example.com"}""").ExpectAsync(HttpStatusCode.Created);
        return created.GetProperty("id").GetInt64();
    }

    private async Task<HttpStatusCode> StatusAsync(HttpMethod method, long id, Action<HttpRequestMessage> prepare)
    {
        using var request = new HttpRequestMessage(method, $"/users/{id}");
        if (method == HttpMethod.Put)
            request.Content = HttpExtensions.Json("""{"name":"Grace H","email":"g@example.com"}""");
        prepare(request);
        using HttpResponseMessage response = await silo.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
