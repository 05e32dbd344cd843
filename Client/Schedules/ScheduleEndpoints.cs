using System.Collections.Immutable;
using Gristmill.Client.Errors;
using Gristmill.Client.Tasks;
using Gristmill.Grains.Schedules;
using Gristmill.Grains.Tasks;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gristmill.Client.Schedules;

/// <summary>The routes of schedules.</summary>
internal static class ScheduleEndpoints
{
    public static void MapSchedules(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder schedules = routes.MapGroup("/schedules").WithTags("Schedules");

        schedules.MapGet("", ListAsync).WithSummary("List the schedules by id")
            .WithDescription("`limit` (1 to 1000, default 100) and `cursor`. While more remain, the `Link` header names the next page.")
            .Produces<ScheduleView[]>().ProducesProblems(400, 503);

        schedules.MapGet("/{id}", ReadAsync).WithSummary("Read a schedule")
            .Produces<ScheduleView>().ProducesProblems(400, 404, 503);

        schedules.MapPut("/{id}", PutAsync).WithSummary("Make or replace a schedule")
            .WithDescription("Each time is fired for once, across restarts. The tasks carry the tag `schedule:{id}`.")
            .Accepts<ScheduleInput>("application/json").Produces<ScheduleView>().ProducesProblems(400, 404, 413, 415, 503);

        schedules.MapDelete("/{id}", DeleteAsync).WithSummary("Delete a schedule")
            .WithDescription("Tasks that it has made go on.")
            .Produces(StatusCodes.Status204NoContent).ProducesProblems(400, 404, 503);

        schedules.MapPost("/{id}/trigger", TriggerAsync).WithSummary("Make a schedule's task now")
            .WithDescription("Whatever the overlap policy; the schedule goes on as before.")
            .Produces<TaskReceipt>(StatusCodes.Status202Accepted).ProducesProblems(400, 404, 503);
    }

    private static async Task<Ok<ScheduleView[]>> ListAsync(
        string? limit, string? cursor, HttpResponse response, IGrainFactory grains, CancellationToken cancellationToken)
    {
        int count = PageLimit.Parse(limit);
        if (cursor is not null && !TaskReader.IsQueueName(cursor))
            throw RequestException.BadField("cursor", "is not one that was given out");
        // One more than asked for tells whether there is a next page.
        ImmutableArray<ScheduleInfo> found = await grains.GetGrain<IScheduleListGrain>(0).ListAsync(cursor, count + 1, cancellationToken);
        if (found.Length > count)
            response.Headers.Link = $"</schedules?limit={count}&cursor={found[count - 1].Id}>; rel=\"next\"";
        return TypedResults.Ok(found.Take(count).Select(ScheduleView.Of).ToArray());
    }

    private static async Task<Ok<ScheduleView>> ReadAsync(string id, IGrainFactory grains, CancellationToken cancellationToken) =>
        TypedResults.Ok(ScheduleView.Of(await Find(grains, id).GetAsync(cancellationToken) ?? throw NoSuchSchedule(id)));

    private static async Task<Ok<ScheduleView>> PutAsync(
        string id, HttpRequest request, IGrainFactory grains, TimeProvider time, CancellationToken cancellationToken)
    {
        IScheduleGrain schedule = Find(grains, id);
        return TypedResults.Ok(ScheduleView.Of(await schedule.PutAsync(await ScheduleReader.ReadAsync(request, time, cancellationToken), cancellationToken)));
    }

    private static async Task<NoContent> DeleteAsync(string id, IGrainFactory grains, CancellationToken cancellationToken) =>
        await Find(grains, id).DeleteAsync(cancellationToken) ? TypedResults.NoContent() : throw NoSuchSchedule(id);

    private static async Task<Accepted<TaskReceipt>> TriggerAsync(string id, IGrainFactory grains, CancellationToken cancellationToken)
    {
        SubmitReply reply = await Find(grains, id).TriggerAsync(cancellationToken) ?? throw NoSuchSchedule(id);
        return reply.Error is { } error
            ? throw new RequestException(ErrorStatus.Of(error), error)
            : TypedResults.Accepted($"/tasks/{reply.Id}", TaskReceipt.Of(reply));
    }

    private static IScheduleGrain Find(IGrainFactory grains, string id) => TaskReader.IsQueueName(id)
        ? grains.GetGrain<IScheduleGrain>(id)
        : throw RequestException.BadField("id", $"must be 1 to {TaskReader.MaxQueueLength} ASCII letters, digits, '.', '_' and '-'");

    private static RequestException NoSuchSchedule(string id) => RequestException.NotFound($"There is no schedule '{id}'.");
}
