using System.Net;
using System.Text;
using System.Text.Json;

namespace Gristmill.EndToEnd.Tests;

internal static class HttpExtensions
{
    public static Task<HttpResponseMessage> PostJsonAsync(this HttpClient http, string path, string json) =>
        http.PostAsync(path, Json(json), TestContext.Current.CancellationToken);

    public static Task<HttpResponseMessage> PutJsonAsync(this HttpClient http, string path, string json) =>
        http.PutAsync(path, Json(json), TestContext.Current.CancellationToken);

    public static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    public static async Task<JsonElement> BodyAsync(this HttpResponseMessage response) =>
        JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

    public static async Task<JsonElement> ExpectAsync(this Task<HttpResponseMessage> request, HttpStatusCode status)
    {
        using HttpResponseMessage response = await request;
        string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode} instead of {(int)status}: {body}");
        return body.Length == 0 ? default : JsonElement.Parse(body);
    }

    /// <summary>Checks everything that API.md promises of a failure, and returns its code.</summary>
    public static async Task<string> ExpectProblemAsync(this Task<HttpResponseMessage> request, int status)
    {
        using HttpResponseMessage response = await request;
        string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode} instead of {status}: {body}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        JsonElement problem = JsonElement.Parse(body);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        foreach (string member in new[] { "type", "title", "detail", "traceId", "code" })
            Assert.False(string.IsNullOrEmpty(problem.GetProperty(member).GetString()), $"{member} is empty: {body}");
        Assert.Equal(problem.GetProperty("detail").GetString(), problem.GetProperty("error").GetString());
        Assert.DoesNotContain("   at ", body, StringComparison.Ordinal);
        return problem.GetProperty("code").GetString()!;
    }
}
