using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Gristmill.EndToEnd.Tests;

public sealed class UserDirectoryTests(RunningSilo silo) : IClassFixture<RunningSilo>
{
    // The first letters of a plane that may stand in a text, and one near its end that is no noncharacter.
    private static readonly int[] s_lowHalves = [0x41, 0x100, 0x1000, 0xFFFD];

    [Fact]
    public async Task List_FollowedByItsLinks_GivesEveryUserOnceInIdOrder()
    {
        long[] created = await CreateAsync([.. Enumerable.Range(0, 250).Select(i => ($"lister {i}", "l@example.com"))]);

        for (int limit = 10; limit <= 1000; limit *= 10)
        {
            long[] listed = await FollowAsync($"/users?limit={limit}");
            Assert.Equal(listed.Order(), listed);
            Assert.Equal(listed.Length, listed.Distinct().Count());
            Assert.Empty(created.Except(listed));
            Assert.Equal(await CountAsync(), listed.Length);
        }

        JsonElement page = await GetAsync("/users").ExpectAsync(HttpStatusCode.OK);
        Assert.Equal(100, page.GetArrayLength());
        Assert.Equal(["id", "name", "email", "created_at", "active"], page[0].EnumerateObject().Select(property => property.Name));
    }

    [Fact]
    public async Task Search_ByQueryOrHeader_PagesLikeTheList()
    {
        string mark = Mark();
        long[] byName = await CreateAsync([.. Enumerable.Range(0, 30).Select(i => ($"{mark} {i}", "n@example.com"))]);
        long[] byEmail = await CreateAsync([.. Enumerable.Range(0, 30).Select(i => ("somebody", $"{mark}{i}@example.com"))]);

        long[] both = [.. byName, .. byEmail];
        Assert.Equal(both, await FollowAsync($"/users/search?q={mark.ToUpperInvariant()}&limit=7"));
        Assert.Equal(byName.Take(1), Ids(await SearchByHeaderAsync($"{mark} 0")));
        Assert.Empty(Ids(await SearchByHeaderAsync($"{mark} none")));
    }

    [Theory]
    [InlineData("Ελλάδα ΣΊΣΥΦΟΣ", "σίσυφος", true)]
    [InlineData("Ελλάδα ΣΊΣΥΦΟΣ", "σισυφος", false)]
    [InlineData("İstanbul", "istanbul", false)]
    [InlineData("ISTANBUL", "istanbul", true)]
    [InlineData("Straße", "STRAẞE", true)]
    [InlineData("Straße", "STRASSE", false)]
    [InlineData("family 👩‍👩‍👧‍👦!", "👩‍👧", true)]
    [InlineData("family 👩‍👩‍👧‍👦!", "👩👧", false)]
    [InlineData("𐐀 Deseret", "𐐨 DESERET", true)]
    public async Task Search_IgnoringCase_FollowsTheDocumentedRule(string name, string text, bool isFound)
    {
        long id = (await CreateAsync([(name, "rule@example.com")]))[0];

        Assert.Equal(isFound, (await FollowAsync($"/users/search?limit=1000&q={Uri.EscapeDataString(text)}")).Contains(id));
        Assert.Equal(isFound, Ids(await SearchByHeaderAsync(text)).Contains(id));
    }

    [Fact]
    public async Task Text_OfEveryPlane_ComesBackFromReadListAndSearch()
    {
        string[] names =
            [.. Enumerable.Range(0, 17).Select(plane => string.Concat(s_lowHalves.Select(low => new Rune((plane << 16) + low).ToString())))];
        long[] ids = await CreateAsync([.. names.Select(name => (name, $"{name}@example.com"))]);

        for (int plane = 0; plane < names.Length; plane++)
        {
            JsonElement read = await GetAsync($"/users/{ids[plane]}").ExpectAsync(HttpStatusCode.OK);
            Assert.Equal(names[plane], read.GetProperty("name").GetString());
            JsonElement found = await GetAsync($"/users/search?q={Uri.EscapeDataString($"{names[plane]}@")}").ExpectAsync(HttpStatusCode.OK);
            Assert.Equal(read.GetRawText(), Assert.Single(found.EnumerateArray()).GetRawText());
        }
    }

    [Theory]
    [InlineData("/users?limit=0")]
    [InlineData("/users?limit=1001")]
    [InlineData("/users?limit=ten")]
    [InlineData("/users?cursor=")]
    [InlineData("/users?cursor=AAAAAAAAAAAAAAAA")]
    [InlineData("/users?cursor=%00")]
    [InlineData("/users/search")]
    [InlineData("/users/search?q=")]
    [InlineData("/users/search?q=%00")]
    [InlineData("/users/search?q=a&limit=-1")]
    public async Task Question_ThatIsWrong_IsRefused(string path) =>
        Assert.Equal("invalid_input", await GetAsync(path).ExpectProblemAsync(400));

    [Fact]
    public async Task Cursor_OfAnotherSearch_IsRefused()
    {
        string mark = Mark();
        await CreateAsync([(mark, "a@b"), (mark, "a@b")]);
        using HttpResponseMessage first = await GetAsync($"/users/search?q={mark}&limit=1");
        string next = NextOf(first)!;
        await GetAsync(next).ExpectAsync(HttpStatusCode.OK);

        await GetAsync(next.Replace(mark, "other", StringComparison.Ordinal)).ExpectProblemAsync(400);
        await GetAsync(next.Replace($"/search?q={mark}&", "?", StringComparison.Ordinal)).ExpectProblemAsync(400);
    }

    [Theory]
    [InlineData("""[{"name":"A","email":"a@b"},{"name":"B"}]""", "[1].email")]
    [InlineData("""[{"name":"A","email":"a@b"},{"name":"B","email":"a@b"},7]""", "[2]")]
    [InlineData("""[{"name":"A","email":"a@b","age":1}]""", "[0].age")]
    public async Task Batch_WithOneInvalidEntry_NamesItAndCreatesNothing(string body, string field)
    {
        long before = await CountAsync();
        using HttpResponseMessage response = await silo.Http.PostJsonAsync("/users/batch", body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(field, (await response.BodyAsync()).GetProperty("errors").EnumerateObject().Select(error => error.Name));
        Assert.Equal(before, await CountAsync());
    }

    [Theory]
    [InlineData("[]", 400)]
    [InlineData("{}", 400)]
    [InlineData("""{"name":"A","email":"a@b"}""", 400)]
    public async Task Batch_ThatIsNoListOfUsers_IsRefused(string body, int status) =>
        await silo.Http.PostJsonAsync("/users/batch", body).ExpectProblemAsync(status);

    [Fact]
    public async Task Batch_OverTheLimit_Is413AndSaysTheLimit()
    {
        string body = $"[{string.Join(',', Enumerable.Repeat("""{"name":"A","email":"a@b"}""", 10_001))}]";
        using HttpResponseMessage response = await silo.Http.PostJsonAsync("/users/batch", body);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("10000", (await response.BodyAsync()).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DELETE", "/users/search", "GET")]
    [InlineData("PUT", "/users/count", "GET")]
    [InlineData("GET", "/users/batch", "POST")]
    [InlineData("DELETE", "/users/BATCH", "POST")]
    public async Task NamesOfOtherRoutes_AreNeverTakenForIds(string method, string path, string allowed)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using HttpResponseMessage response = await silo.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal([allowed], response.Content.Headers.Allow);
    }

    [Fact]
    public async Task MetricsAsJson_CountUserRequests()
    {
        JsonElement before = await TotalsAsync();
        long id = (await CreateAsync([("measured", "m@example.com")]))[0];
        await GetAsync($"/users/{id}").ExpectAsync(HttpStatusCode.OK);
        await GetAsync("/users/search?q=measured").ExpectAsync(HttpStatusCode.OK);
        await silo.Http.DeleteAsync($"/users/{id}", TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.NoContent);

        JsonElement after = await TotalsAsync();
        Assert.Equal(["reads", "writes", "deletes", "total_requests", "avg_response_time_ms"], after.EnumerateObject().Select(property => property.Name));
        Assert.Equal((2, 1, 1, 4), (Grown("reads"), Grown("writes"), Grown("deletes"), Grown("total_requests")));
        Assert.True(after.GetProperty("avg_response_time_ms").GetDouble() > 0);

        long Grown(string name) => after.GetProperty(name).GetInt64() - before.GetProperty(name).GetInt64();
    }

    private async Task<JsonElement> TotalsAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { Accept = { new MediaTypeWithQualityHeaderValue("application/json") } } };
        return await silo.Http.SendAsync(request, TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);
    }

    private async Task<JsonElement> SearchByHeaderAsync(string text)
    {
        using var handler = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 };
        using var http = new HttpClient(handler) { BaseAddress = silo.Http.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/users/search?limit=1000") { Headers = { { "X-Search-Query", text } } };
        return await http.SendAsync(request, TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);
    }

    private async Task<long[]> FollowAsync(string path)
    {
        var ids = new List<long>();
        for (string? next = path; next is not null;)
        {
            using HttpResponseMessage response = await GetAsync(next);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            ids.AddRange(Ids(await response.BodyAsync()));
            next = NextOf(response);
        }

        return [.. ids];
    }

    private static string? NextOf(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("Link", out IEnumerable<string>? links))
            return null;
        string link = Assert.Single(links);
        Assert.EndsWith(">; rel=\"next\"", link, StringComparison.Ordinal);
        return link[1..link.IndexOf('>', StringComparison.Ordinal)];
    }

    private static long[] Ids(JsonElement users) => [.. users.EnumerateArray().Select(user => user.GetProperty("id").GetInt64())];

    private async Task<long[]> CreateAsync((string Name, string Email)[] users)
    {
        string body = JsonSerializer.Serialize(users.Select(user => new { name = user.Name, email = user.Email }));
        JsonElement created = await silo.Http.PostJsonAsync("/users/batch", body).ExpectAsync(HttpStatusCode.Created);
        return [.. created.GetProperty("ids").EnumerateArray().Select(id => id.GetInt64())];
    }

    private async Task<long> CountAsync() => (await GetAsync("/users/count").ExpectAsync(HttpStatusCode.OK)).GetProperty("count").GetInt64();

    private Task<HttpResponseMessage> GetAsync(string path) => silo.Http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

    private static string Mark() => Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
}
