using System.Collections.Immutable;
using Gristmill.Client.Errors;
using Gristmill.Client.Json;
using Gristmill.Grains.Users;
using Microsoft.Extensions.Options;

namespace Gristmill.Client.Users;

/// <summary>The routes of all users: list, search, count, and creating many at once.</summary>
internal sealed class UserCollectionEndpoints(UserRepository users, IOptions<GatewayOptions> options)
{
    private const string SearchHeader = "X-Search-Query";

    public void Map(RouteGroupBuilder routes)
    {
        routes.MapGet("", ListAsync).WithSummary("List users by id")
            .WithDescription("`limit` (1 to 1000, default 100) and `cursor`. While more remain, the `Link` header names the next page.")
            .Produces<UserView[]>().ProducesProblems(400, 503);

        routes.MapGet("/search", SearchAsync).WithSummary("Find users by a part of name or e-mail")
            .WithDescription($"The text is `q`, or the header `{SearchHeader}`, which wins. Ignores case, code point by code point. `limit` and `cursor` as in the list.")
            .Produces<UserView[]>().ProducesProblems(400, 503);

        routes.MapGet("/count", CountAsync).WithSummary("Count the users")
            .Produces<UserCount>().ProducesProblems(503);

        routes.MapPost("/batch", CreateAsync).WithSummary("Create many users, all or none")
            .Accepts<UserInput[]>("application/json").Produces<UserBatchCreated>(StatusCodes.Status201Created).ProducesProblems(400, 413, 415);

        routes.TakesOnly(HttpMethods.Get, "/search", "/count");
        routes.TakesOnly(HttpMethods.Post, "/batch");
    }

    private async Task ListAsync(HttpContext context, string? limit, string? cursor)
    {
        int count = PageLimit.Parse(limit);
        long after = cursor is null ? 0 : UserCursor.Read(cursor, text: null);
        // One more than is shown tells whether there is a next page.
        IReadOnlyList<User> page = await users.ListAsync(after, count + 1, context.RequestAborted);
        await WriteAsync(context.Response, page, count, text: null);
    }

    private async Task SearchAsync(HttpContext context, string? q, string? limit, string? cursor)
    {
        int count = PageLimit.Parse(limit);
        string text = context.Request.Headers[SearchHeader].ToString() is { Length: > 0 } header ? header : q ?? "";
        if (text.Length == 0)
            throw RequestException.BadField("q", $"is missing: say what to search for with ?q= or the header {SearchHeader}");
        if (text.Contains('\0', StringComparison.Ordinal))
            throw RequestException.BadField("q", "must not hold U+0000");

        long after = cursor is null ? 0 : UserCursor.Read(cursor, text);
        IReadOnlyList<User> page = await users.SearchAsync(text, after, count + 1, context.RequestAborted);
        await WriteAsync(context.Response, page, count, text);
    }

    private async Task CountAsync(HttpContext context, CancellationToken cancellationToken) =>
        await context.Response.WriteAsync(new UserCount(await users.CountAsync(cancellationToken)), GatewayJson.Default.UserCount);

    private async Task CreateAsync(HttpContext context, CancellationToken cancellationToken)
    {
        ImmutableArray<UserFields> fields = await UserFieldsReader.ReadManyAsync(context.Request, options.Value.MaxUserBatch, cancellationToken);
        ImmutableArray<User> created = await users.CreateManyAsync(fields, cancellationToken);
        context.Response.StatusCode = StatusCodes.Status201Created;
        await context.Response.WriteAsync(new UserBatchCreated([.. created.Select(user => user.Id)]), GatewayJson.Default.UserBatchCreated);
    }

    private static Task WriteAsync(HttpResponse response, IReadOnlyList<User> page, int limit, string? text)
    {
        UserView[] shown = [.. page.Take(limit).Select(UserView.Of)];
        if (page.Count > limit)
        {
            string route = text is null ? "/users?" : $"/users/search?q={Uri.EscapeDataString(text)}&";
            response.Headers.Link = $"<{route}limit={limit}&cursor={UserCursor.Of(shown[^1].Id, text)}>; rel=\"next\"";
        }

        return response.WriteAsync(shown, GatewayJson.Default.UserViewArray);
    }
}
