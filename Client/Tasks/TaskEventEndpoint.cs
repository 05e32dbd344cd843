using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gristmill.Client.Errors;
using Gristmill.Client.Json;
using Gristmill.Client.Operations;
using Gristmill.Grains.Tasks;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Gristmill.Client.Tasks;

/// <summary>
/// A task's events as they happen (server-sent events, as the HTML standard has them). A stream that ends before the task's last event has lost
/// its connection or its server: the client comes again with the last id that it saw, and hears the rest.
/// </summary>
internal sealed class TaskEventEndpoint(TaskPartitions partitions, Readiness readiness)
{
    private const string LastId = "Last-Event-ID";

    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(5);

    public void Map(RouteGroupBuilder tasks) =>
        tasks.MapGet("/{id}/events", StreamAsync).WithSummary("Follow a task")
            .WithDescription("Server-sent events: `status` for each change of state, with an id, and `progress`, without. The stream ends after the last. 204 when `Last-Event-ID` is the last.")
            .TakesHeader(LastId, "Only what came after this event.")
            .Produces<string>(StatusCodes.Status200OK, "text/event-stream").Produces(StatusCodes.Status204NoContent).ProducesProblems(400, 404);

    private async Task StreamAsync(string id, HttpContext context)
    {
        long seen = Parse(context.Request.Headers[LastId]);
        (TaskId taskId, ITaskPartitionGrain partition) = await partitions.FindAsync(id, context.RequestAborted);
        TaskInfo task = await partition.GetAsync(taskId, context.RequestAborted) ?? throw TaskPartitions.NoSuchTask(taskId);
        if (seen > TaskEvents.HighestId(task))
            throw NoEventId();
        if (task.State.IsTerminal() && TaskEvents.Of(task)[^1].Id <= seen)
        {
            // A browser would open an ended stream again and again; this status tells it that there is no more to hear.
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        // A stream that nobody sees would last as long as the task.
        if (context.IsHead())
            return;
        context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, readiness.Stopping);
        try
        {
            await FollowAsync(context.Response, partition, task, seen, either.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException || ErrorStatus.IsUnanswered(exception))
        {
            // The client is gone, the process stops, or the task cannot be reached: the answer has begun, so it can only end. Clients come again.
        }
    }

    private static async Task FollowAsync(
        HttpResponse response, ITaskPartitionGrain partition, TaskInfo task, long seen, CancellationToken cancellationToken)
    {
        double? progress = null;
        while (true)
        {
            foreach (TaskEvent happened in TaskEvents.Of(task))
            {
                if (happened.Id <= seen)
                    continue;
                seen = happened.Id;
                await WriteAsync(response, "status", seen, happened.View, GatewayJson.Default.TaskEventView, cancellationToken);
            }

            if (task.Progress is { } now && progress != now)
            {
                progress = now;
                await WriteAsync(response, "progress", null, new TaskProgressView(now), GatewayJson.Default.TaskProgressView, cancellationToken);
            }

            await response.Body.FlushAsync(cancellationToken);
            if (task.State.IsTerminal())
                return;

            TaskInfo? next = await NextAsync(partition, task, cancellationToken);
            if (next is null)
                return;
            if (next.Version == task.Version)
                await response.WriteAsync(": still here\n\n", cancellationToken);
            task = next;
        }
    }

    /// <summary>The task once it has changed, or as it was after a while; null when it is gone.</summary>
    private static async Task<TaskInfo?> NextAsync(ITaskPartitionGrain partition, TaskInfo task, CancellationToken cancellationToken)
    {
        try
        {
            return await partition.WatchAsync(task.Id, task.Version, s_heartbeat, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The call or its answer was lost; the next one asks again.
            return task;
        }
    }

    private static async Task WriteAsync<T>(
        HttpResponse response, string type, long? id, T data, JsonTypeInfo<T> json, CancellationToken cancellationToken)
    {
        string idLine = id is null ? "" : string.Create(CultureInfo.InvariantCulture, $"id: {id}\n");
        await response.WriteAsync($"event: {type}\n{idLine}data: {JsonSerializer.Serialize(data, json)}\n\n", cancellationToken);
    }

    private static long Parse(StringValues header)
    {
        if (header.Count == 0)
            return -1;
        return long.TryParse(header.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : throw NoEventId();
    }

    private static RequestException NoEventId() => RequestException.BadField(LastId, "is not the id of an event of this task");
}
