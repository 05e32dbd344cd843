using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gristmill.Benchmarks;

/// <summary>
/// What the same answers cost at least: a minimal-API application that keeps users in a ConcurrentDictionary. No checks, no storage, no
/// grains, no metrics.
/// </summary>
internal static class BaselineServer
{
    public static async Task RunAsync(int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using WebApplication app = builder.Build();

        var users = new ConcurrentDictionary<long, BaselineUser>();
        long last = 0;

        app.MapGet("/users/{id}", (string id, HttpResponse response) =>
        {
            if (!long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long key) || !users.TryGetValue(key, out BaselineUser? user))
                return Results.NotFound();
            response.Headers.ETag = "\"1\"";
            return Results.Ok(user);
        });
        app.MapPost("/users", (BaselineInput input) =>
        {
            long id = Interlocked.Increment(ref last);
            users[id] = new BaselineUser(id, input.Name, input.Email, DateTimeOffset.UtcNow.ToUnixTimeSeconds(), true);
            return Results.Created($"/users/{id}", new BaselineCreated(id, "User created successfully"));
        });
        app.Urls.Add($"http://127.0.0.1:{port}");
        await app.RunAsync();
    }

    private sealed record BaselineInput(string Name, string Email);

    private sealed record BaselineCreated(long Id, string Message);

    private sealed record BaselineUser(long Id, string Name, string Email, [property: JsonPropertyName("created_at")] long CreatedAt, bool Active);
}
