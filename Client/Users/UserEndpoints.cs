using System.Globalization;
using Gristmill.Client.Errors;
using Gristmill.Client.Json;
using Gristmill.Grains.Users;
using Microsoft.Net.Http.Headers;

namespace Gristmill.Client.Users;

/// <summary>The routes of one user. The handlers keep to what a request needs: at tens of thousands a second each object counts.</summary>
internal sealed class UserEndpoints(UserRepository users, IGrainFactory grains)
{
    private const string Json = "application/json";

    public void Map(RouteGroupBuilder routes)
    {
        routes.MapPost("", CreateAsync).WithSummary("Create a user")
            .Accepts<UserInput>(Json).Produces<UserCreated>(StatusCodes.Status201Created).ProducesProblems(400, 413, 415);

        routes.MapGet("/{id}", ReadAsync).WithSummary("Read a user")
            .TakesHeader("If-None-Match", "Answer 304 if the user still has one of these ETags.")
            .Produces<UserView>().Produces(StatusCodes.Status304NotModified).ProducesProblems(400, 404);

        routes.MapPut("/{id}", UpdateAsync).WithSummary("Replace a user")
            .TakesHeader("If-Match", "Only if the user has one of these ETags; * takes any.")
            .Accepts<UserInput>(Json).Produces<UserView>().ProducesProblems(400, 404, 412, 413, 415);

        routes.MapDelete("/{id}", DeleteAsync).WithSummary("Delete a user")
            .TakesHeader("If-Match", "Only if the user has one of these ETags; * takes any.")
            .Produces(StatusCodes.Status204NoContent).ProducesProblems(400, 404, 412);
    }

    private async Task CreateAsync(HttpContext context, CancellationToken cancellationToken)
    {
        UserFields fields = await UserFieldsReader.ReadAsync(context.Request, cancellationToken);
        User user = await users.CreateAsync(new User(0, fields.Name, fields.Email, 0, fields.Active, 0), cancellationToken);
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.Headers.Location = string.Create(CultureInfo.InvariantCulture, $"/users/{user.Id}");
        await context.Response.WriteAsync(new UserCreated(user.Id, "User created successfully"), GatewayJson.Default.UserCreated);
    }

    private async Task ReadAsync(string id, HttpContext context)
    {
        long key = ParseId(id);
        User user = await users.ReadAsync(key, context.RequestAborted) ?? throw NoSuchUser(key);
        string etag = ETagOf(user.Version);
        context.Response.Headers.ETag = etag;
        if (context.Request.Headers.IfNoneMatch.Count > 0
            && MatchesAny(context.Request.GetTypedHeaders().IfNoneMatch, new EntityTagHeaderValue(etag), useStrongComparison: false))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await context.Response.WriteAsync(UserView.Of(user), GatewayJson.Default.UserView);
    }

    private async Task UpdateAsync(string id, HttpContext context)
    {
        long key = ParseId(id);
        UserFields fields = await UserFieldsReader.ReadAsync(context.Request, context.RequestAborted);
        IUserGrain grain = grains.GetGrain<IUserGrain>(key);
        UserWriteResult result = await grain.UpdateAsync(fields, await IfMatchAsync(context.Request, grain), context.RequestAborted);
        ThrowUnlessDone(result.Status, key);
        context.Response.Headers.ETag = ETagOf(result.User!.Version);
        await context.Response.WriteAsync(UserView.Of(result.User), GatewayJson.Default.UserView);
    }

    private async Task DeleteAsync(string id, HttpContext context)
    {
        long key = ParseId(id);
        IUserGrain grain = grains.GetGrain<IUserGrain>(key);
        UserWriteResult result = await grain.DeleteAsync(await IfMatchAsync(context.Request, grain), context.RequestAborted);
        ThrowUnlessDone(result.Status, key);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    // One spelling for one user: no sign, no space, no leading zero.
    private static long ParseId(string text) =>
        text[0] != '0' && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long id)
            ? id
            : throw RequestException.BadField("id", "must be a whole number from 1 to 9223372036854775807, without leading zeros");

    /// <summary>The version that the write must find, or null for any. Of several ETags, the one that the record has now; 0 when none can match.</summary>
    private static async ValueTask<long?> IfMatchAsync(HttpRequest request, IUserGrain grain)
    {
        if (request.Headers.IfMatch.Count == 0)
            return null;

        IList<EntityTagHeaderValue> tags = request.GetTypedHeaders().IfMatch;
        if (tags.Count == 0)
            throw RequestException.BadField("If-Match", "must be * or ETags in double quotes");
        if (tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any)))
            return null;

        // A record that is gone matches nothing; the grain answers 404 for it, whatever is asked for.
        User? user = await grain.GetAsync(request.HttpContext.RequestAborted);
        return user is not null && MatchesAny(tags, new EntityTagHeaderValue(ETagOf(user.Version)), useStrongComparison: true) ? user.Version : 0;
    }

    private static bool MatchesAny(IList<EntityTagHeaderValue> tags, EntityTagHeaderValue etag, bool useStrongComparison) =>
        tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(etag, useStrongComparison));

    private static string ETagOf(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    private static void ThrowUnlessDone(UserWriteStatus status, long id)
    {
        switch (status)
        {
            case UserWriteStatus.Done:
                return;
            case UserWriteStatus.NotFound:
                throw NoSuchUser(id);
            default:
                throw RequestException.PreconditionFailed($"User {id} has changed: read it again and use its ETag.");
        }
    }

    private static RequestException NoSuchUser(long id) => RequestException.NotFound($"There is no user {id}.");
}
