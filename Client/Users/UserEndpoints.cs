using System.Globalization;
using Gristmill.Client.Errors;
using Gristmill.Grains.Users;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace Gristmill.Client.Users;

/// <summary>The user routes: one record at a time, by id.</summary>
internal static class UserEndpoints
{
    private const string Json = "application/json";

    public static void MapUsers(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder users = routes.MapGroup("/users").WithTags("Users");

        users.MapPost("", CreateAsync).WithSummary("Create a user")
            .Accepts<UserInput>(Json).Produces<UserCreated>(StatusCodes.Status201Created).ProducesProblems(400, 413, 415);

        users.MapGet("/{id}", ReadAsync).WithSummary("Read a user")
            .Produces<UserView>().Produces(StatusCodes.Status304NotModified).ProducesProblems(400, 404);

        users.MapPut("/{id}", UpdateAsync).WithSummary("Replace a user")
            .Accepts<UserInput>(Json).Produces<UserView>().ProducesProblems(400, 404, 412, 413, 415);

        users.MapDelete("/{id}", DeleteAsync).WithSummary("Delete a user")
            .Produces(StatusCodes.Status204NoContent).ProducesProblems(400, 404, 412);
    }

    private static async Task<Created<UserCreated>> CreateAsync(HttpRequest request, UserIds ids, IGrainFactory grains, CancellationToken cancellationToken)
    {
        UserFields fields = await UserFieldsReader.ReadAsync(request, cancellationToken);
        long id = await ids.NextAsync(cancellationToken);
        UserWriteResult result = await grains.GetGrain<IUserGrain>(id).CreateAsync(fields, cancellationToken);
        if (result.Status != UserWriteStatus.Done)
            throw new InvalidOperationException($"The fresh user id {id} is taken: the id counter is behind the records.");
        return TypedResults.Created($"/users/{id}", new UserCreated(id, "User created successfully"));
    }

    private static async Task<Results<Ok<UserView>, StatusCodeHttpResult>> ReadAsync(
        string id, HttpContext context, IGrainFactory grains, CancellationToken cancellationToken)
    {
        long key = ParseId(id);
        UserRecord user = await grains.GetGrain<IUserGrain>(key).GetAsync(cancellationToken) ?? throw NoSuchUser(key);
        SetETag(context.Response, user);
        return MatchesAny(context.Request.GetTypedHeaders().IfNoneMatch, user.ETag, useStrongComparison: false)
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Ok(UserView.Of(user));
    }

    private static async Task<Ok<UserView>> UpdateAsync(string id, HttpContext context, IGrainFactory grains, CancellationToken cancellationToken)
    {
        long key = ParseId(id);
        UserFields fields = await UserFieldsReader.ReadAsync(context.Request, cancellationToken);
        IUserGrain grain = grains.GetGrain<IUserGrain>(key);
        UserWriteResult result = await grain.UpdateAsync(fields, await IfMatchAsync(context.Request, grain, cancellationToken), cancellationToken);
        ThrowUnlessDone(result.Status, key);
        SetETag(context.Response, result.User!);
        return TypedResults.Ok(UserView.Of(result.User!));
    }

    private static async Task<NoContent> DeleteAsync(string id, HttpContext context, IGrainFactory grains, CancellationToken cancellationToken)
    {
        long key = ParseId(id);
        IUserGrain grain = grains.GetGrain<IUserGrain>(key);
        UserWriteResult result = await grain.DeleteAsync(await IfMatchAsync(context.Request, grain, cancellationToken), cancellationToken);
        ThrowUnlessDone(result.Status, key);
        return TypedResults.NoContent();
    }

    private static long ParseId(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long id) && id > 0
            ? id
            : throw RequestException.BadField("id", "must be a whole number from 1 to 9223372036854775807");

    /// <summary>The one ETag that the write must find, or null for any. Of several, the one that the record has now.</summary>
    private static async ValueTask<string?> IfMatchAsync(HttpRequest request, IUserGrain grain, CancellationToken cancellationToken)
    {
        if (request.Headers.IfMatch.Count == 0)
            return null;

        IList<EntityTagHeaderValue> tags = request.GetTypedHeaders().IfMatch;
        if (tags.Count == 0)
            throw RequestException.BadField("If-Match", "must be * or ETags in double quotes");
        if (tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any)))
            return null;
        if (tags.Count == 1 && !tags[0].IsWeak)
            return Unquote(tags[0]);

        // A record that is gone matches nothing; the grain answers 404 for it, whatever is asked for.
        string now = (await grain.GetAsync(cancellationToken))?.ETag ?? "";
        return MatchesAny(tags, now, useStrongComparison: true) ? now : "";
    }

    private static bool MatchesAny(IList<EntityTagHeaderValue> tags, string etag, bool useStrongComparison) =>
        tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(new EntityTagHeaderValue($"\"{etag}\""), useStrongComparison));

    private static string Unquote(EntityTagHeaderValue tag) => tag.Tag.Substring(1, tag.Tag.Length - 2);

    private static void SetETag(HttpResponse response, UserRecord user) => response.Headers.ETag = $"\"{user.ETag}\"";

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
