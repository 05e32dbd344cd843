using Gristmill.Client.Errors;
using Gristmill.Client.Tasks;
using Gristmill.Grains.Queues;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gristmill.Client.Queues;

/// <summary>The routes of queues. Any name is a queue: one without settings has no limits.</summary>
internal static class QueueEndpoints
{
    public static void MapQueues(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder queues = routes.MapGroup("/queues").WithTags("Queues");

        queues.MapGet("", ListAsync).WithSummary("List the queues")
            .WithDescription("Those that have settings, or tasks that are ready or run, by name.")
            .Produces<QueueView[]>().ProducesProblems(503);

        queues.MapGet("/{name}", ReadAsync).WithSummary("Read a queue")
            .Produces<QueueView>().ProducesProblems(400, 503);

        queues.MapPut("/{name}", PutAsync).WithSummary("Limit a queue")
            .WithDescription("Replaces all limits; a limit that is missing is no limit. They hold for all tasks of the queue together, whichever silo runs them: never more, for a moment perhaps fewer.")
            .Accepts<QueueLimitsInput>("application/json").Produces<QueueView>().ProducesProblems(400, 413, 415, 503);

        queues.MapPost("/{name}/pause", PauseAsync).WithSummary("Pause a queue")
            .WithDescription("None of its tasks is started any more; those that run go on.")
            .Produces<QueueView>().ProducesProblems(400, 503);

        queues.MapPost("/{name}/resume", ResumeAsync).WithSummary("Resume a queue")
            .Produces<QueueView>().ProducesProblems(400, 503);
    }

    private static async Task<Ok<QueueView[]>> ListAsync(IGrainFactory grains, TimeProvider time, CancellationToken cancellationToken) =>
        TypedResults.Ok((await grains.GetGrain<IQueueListGrain>(0).ListAsync(cancellationToken)).Select(queue => QueueView.Of(queue, time.GetUtcNow())).ToArray());

    private static async Task<Ok<QueueView>> ReadAsync(string name, IGrainFactory grains, TimeProvider time, CancellationToken cancellationToken) =>
        View(await Find(grains, name).GetAsync(cancellationToken), time);

    private static async Task<Ok<QueueView>> PutAsync(
        string name, HttpRequest request, IGrainFactory grains, TimeProvider time, CancellationToken cancellationToken)
    {
        IQueueGrain queue = Find(grains, name);
        return View(await queue.PutAsync(await QueueLimitsReader.ReadAsync(request, cancellationToken), cancellationToken), time);
    }

    private static async Task<Ok<QueueView>> PauseAsync(string name, IGrainFactory grains, TimeProvider time, CancellationToken cancellationToken) =>
        View(await Find(grains, name).PauseAsync(cancellationToken), time);

    private static async Task<Ok<QueueView>> ResumeAsync(string name, IGrainFactory grains, TimeProvider time, CancellationToken cancellationToken) =>
        View(await Find(grains, name).ResumeAsync(cancellationToken), time);

    private static Ok<QueueView> View(QueueInfo queue, TimeProvider time) => TypedResults.Ok(QueueView.Of(queue, time.GetUtcNow()));

    private static IQueueGrain Find(IGrainFactory grains, string name) => TaskReader.IsQueueName(name)
        ? grains.GetGrain<IQueueGrain>(name)
        : throw RequestException.BadField("name", $"must be 1 to {TaskReader.MaxQueueLength} ASCII letters, digits, '.', '_' and '-'");
}
