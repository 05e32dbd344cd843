using System.Collections.Immutable;
using System.Text.Json;
using Gristmill.Client.Errors;
using Gristmill.Client.Json;
using Gristmill.Grains.Tasks;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Gristmill.Client.Tasks;

/// <summary>The routes that cancel or repeat all tasks that a filter finds: so many in one call, and the answer says whether some are left.</summary>
internal sealed class TaskSweepEndpoints(IGrainFactory grains, TaskPartitions partitions, IOptions<GatewayOptions> options)
{
    private const int PageSize = 1_000;

    // The store may answer with short pages where few tasks match.
    private const int MaxPages = 64;

    private const string Filters =
        "The filter is the body, or the query: `status`, `kind`, `queue`, `tag`, `owner`, `since`, `until`; at least one. While `more` is true, send it again with the `cursor` of the answer.";

    public void Map(RouteGroupBuilder tasks)
    {
        tasks.MapPost("/cancel", CancelAsync).WithSummary("Cancel the tasks that a filter finds")
            .WithDescription($"Without a status, all that are not over. {Filters}")
            .TakesFilter().TakesQuery("cursor", "From the answer before.")
            .Produces<TaskSweepResult>(StatusCodes.Status202Accepted).ProducesProblems(400, 413, 415, 503, 504);

        tasks.MapPost("/retry", RetryAsync).WithSummary("Run the tasks again that a filter finds")
            .WithDescription($"Without a status, those that failed. {Filters}")
            .TakesFilter().TakesQuery("cursor", "From the answer before.")
            .Produces<TaskSweepResult>(StatusCodes.Status202Accepted).ProducesProblems(400, 413, 415, 503, 504);

        tasks.TakesOnly(HttpMethods.Post, "/cancel", "/retry");
    }

    private async Task CancelAsync(HttpContext context, CancellationToken cancellationToken)
    {
        (TaskFilter filter, string? cursor) = await ReadAsync(context.Request, cancellationToken);
        if (filter.State?.IsTerminal() == true)
            throw RequestException.BadField("status", "must be scheduled, queued or running: other tasks are over");
        Sweep sweep = await SweepAsync(
            filter.ToQuery() with { IsLive = true }, TaskCursor.Parse(cursor, $"cancel?{filter}"),
            static (partition, ids, token) => partition.CancelAsync(ids, token), cancellationToken);
        await WriteAsync(context.Response, sweep.ToResult($"cancel?{filter}") with { Cancelled = sweep.Done });
    }

    private async Task RetryAsync(HttpContext context, CancellationToken cancellationToken)
    {
        (TaskFilter filter, string? cursor) = await ReadAsync(context.Request, cancellationToken);
        if (filter.State?.IsTerminal() == false)
            throw RequestException.BadField("status", "must be succeeded, failed, cancelled or expired: other tasks are not over");
        Sweep sweep = await SweepAsync(
            filter.ToQuery() with { State = filter.State ?? TaskState.Failed }, TaskCursor.Parse(cursor, $"retry?{filter}"),
            static (partition, ids, token) => partition.RetryAsync(ids, token), cancellationToken);
        await WriteAsync(context.Response, sweep.ToResult($"retry?{filter}") with { Retried = sweep.Done });
    }

    private static async Task<(TaskFilter Filter, string? Cursor)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        TaskFilter filter = TaskFilter.Of(request.Query, "cursor");
        foreach ((string name, StringValues value) in request.Query)
        {
            // Where a value got lost on the way here, more would be swept than is meant.
            if (StringValues.IsNullOrEmpty(value))
                throw RequestException.BadField(name, "must not be empty");
        }

        string? cursor = request.Query["cursor"] is [{ } text, ..] ? text : null;
        if (request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
        {
            // Whoever narrows a filter in two places means both, and must not see one of them forgotten.
            if (!filter.IsEmpty || cursor is not null)
                throw RequestException.BadRequest("Give the filter in the body or in the query, not in both.");
            (JsonDocument document, JsonFields fields) = await JsonBody.ReadObjectAsync(request, cancellationToken);
            using (document)
            {
                filter = TaskFilter.Of(fields);
                cursor = fields.Text("cursor");
                fields.ThrowIfInvalid();
            }
        }

        return filter.IsEmpty
            ? throw RequestException.BadRequest("Say which tasks: at least one of status, kind, queue, tag, owner, since, until.")
            : (filter, cursor);
    }

    private async Task<Sweep> SweepAsync(
        TaskQuery query, TaskCursor cursor,
        Func<ITaskPartitionGrain, ImmutableArray<TaskId>, CancellationToken, Task<ImmutableArray<TaskReply>>> act, CancellationToken cancellationToken)
    {
        ITaskPartitionGrain[] all = await partitions.AllAsync(cancellationToken);
        var sweep = new Sweep(cursor);
        for (int pages = 0; pages < MaxPages && sweep.Matched < options.Value.MaxTaskBatch && sweep.Cursor is { } place; pages++)
        {
            int limit = Math.Min(PageSize, options.Value.MaxTaskBatch - sweep.Matched);
            TaskListPage page;
            try
            {
                page = await grains.GetGrain<ITaskQueryGrain>(0).ListAsync(query with { Limit = limit, Before = place.Before }, cancellationToken);
            }
            catch (Exception exception) when (sweep.Done > 0 && ErrorStatus.IsOfCall(exception))
            {
                sweep.Error = ErrorStatus.Of(exception, cancellationToken).Error;
                break;
            }

            ImmutableArray<TaskReply>[] replies = await Task.WhenAll(page.Tasks
                .GroupBy(task => task.Id.Partition, task => task.Id)
                .Select(group => TryAsync(all[group.Key], [.. group], act, cancellationToken)));

            if (!sweep.Add(page.Tasks.Length, replies))
                break;
            sweep.Cursor = page.Next is { } next ? new TaskCursor(next) : null;
            if (sweep.Error is not null)
                break;
        }

        return sweep;
    }

    /// <summary>Acts on the tasks of one partition. Its failure says nothing about the tasks of the others.</summary>
    private static async Task<ImmutableArray<TaskReply>> TryAsync(
        ITaskPartitionGrain partition, ImmutableArray<TaskId> ids,
        Func<ITaskPartitionGrain, ImmutableArray<TaskId>, CancellationToken, Task<ImmutableArray<TaskReply>>> act, CancellationToken cancellationToken)
    {
        try
        {
            return await act(partition, ids, cancellationToken);
        }
        catch (Exception exception) when (ErrorStatus.IsOfCall(exception))
        {
            (_, TaskError error) = ErrorStatus.Of(exception, cancellationToken);
            return [.. ids.Select(id => new TaskReply(id, State: null, Done: false, error))];
        }
    }

    private static Task WriteAsync(HttpResponse response, TaskSweepResult result)
    {
        response.StatusCode = StatusCodes.Status202Accepted;
        return response.WriteAsync(result, GatewayJson.Default.TaskSweepResult);
    }

    // How far a call has come.
    private sealed class Sweep(TaskCursor start)
    {
        public int Matched { get; private set; }

        public int Done { get; private set; }

        /// <summary>Where to go on; null at the end.</summary>
        public TaskCursor? Cursor { get; set; } = start;

        /// <summary>Why some of the last page, or a page after it, could not be tried; null when all were.</summary>
        public TaskError? Error { get; set; }

        /// <summary>False when an error is all that there is of the page: it is to be asked for again.</summary>
        /// <exception cref="RequestException">The same, and nothing was done before it either.</exception>
        public bool Add(int matched, ImmutableArray<TaskReply>[] replies)
        {
            int done = replies.Sum(group => group.Count(reply => reply.Done));
            Error = replies.SelectMany(group => group).Select(reply => reply.Error).FirstOrDefault(error => error is not null);
            if (Error is { } error && done == 0)
                return Done > 0 ? false : throw new RequestException(ErrorStatus.Of(error), error);
            Matched += matched;
            Done += done;
            return true;
        }

        public TaskSweepResult ToResult(string question) => new(
            Matched, More: Cursor is not null, Cursor: Cursor?.ToText(question), Error: TaskErrorView.Of(Error));
    }
}
