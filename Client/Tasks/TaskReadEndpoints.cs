using Gristmill.Client.Errors;
using Gristmill.Client.Json;
using Gristmill.Grains.Tasks;
using Microsoft.Extensions.Options;

namespace Gristmill.Client.Tasks;

/// <summary>The routes that show tasks.</summary>
internal sealed class TaskReadEndpoints(IGrainFactory grains, TaskPartitions partitions, TaskWaiter waiter, IOptions<GatewayOptions> options)
{
    // The store may answer with short pages where few tasks match.
    private const int MaxPages = 16;

    public void Map(RouteGroupBuilder tasks)
    {
        tasks.MapGet("", ListAsync).WithSummary("List tasks, newest first")
            .WithDescription("`limit` (1 to 1000, default 100) and `cursor`. While more remain, the `Link` header names the next page. Whatever was answered before is seen.")
            .TakesFilter()
            .Produces<TaskView[]>().ProducesProblems(400, 503);

        tasks.MapGet("/{id}", ReadAsync).WithSummary("Read a task")
            .Produces<TaskView>().ProducesProblems(400, 404);

        tasks.MapGet("/{id}/result", ReadResultAsync).WithSummary("Read a task's result")
            .WithDescription("202 when there is none yet; 409 with the task's error when it did not succeed.")
            .TakesWait()
            .Produces<RawJson>().Produces<TaskReceipt>(StatusCodes.Status202Accepted).ProducesProblems(400, 404, 409);
    }

    private async Task ListAsync(HttpContext context, string? limit, string? cursor)
    {
        int count = PageLimit.Parse(limit);
        TaskFilter filter = TaskFilter.Of(context.Request.Query, "limit", "cursor");
        string question = $"tasks?{filter}";
        TaskId? before = TaskCursor.Parse(cursor, question).Before;
        List<TaskView> shown = [];
        for (int page = 0; page < MaxPages; page++)
        {
            TaskListPage found = await grains.GetGrain<ITaskQueryGrain>(0).ListAsync(filter.ToQuery(count - shown.Count, before), context.RequestAborted);
            shown.AddRange(found.Tasks.Select(TaskView.Of));
            before = found.Next;
            if (before is null || shown.Count >= count)
                break;
        }

        if (before is not null)
        {
            string and = filter.IsEmpty ? "" : $"{filter}&";
            context.Response.Headers.Link = $"</tasks?{and}limit={count}&cursor={new TaskCursor(before).ToText(question)}>; rel=\"next\"";
        }

        await context.Response.WriteAsync([.. shown], GatewayJson.Default.TaskViewArray);
    }

    private async Task ReadAsync(string id, HttpContext context)
    {
        (TaskId taskId, ITaskPartitionGrain partition) = await partitions.FindAsync(id, context.RequestAborted);
        TaskInfo task = await partition.GetAsync(taskId, context.RequestAborted) ?? throw TaskPartitions.NoSuchTask(taskId);
        await context.Response.WriteAsync(TaskView.Of(task), GatewayJson.Default.TaskView);
    }

    private async Task ReadResultAsync(string id, HttpContext context)
    {
        TimeSpan wait = WaitTime.Of(context.Request, options.Value.MaxWait) ?? TimeSpan.Zero;
        (TaskId taskId, ITaskPartitionGrain partition) = await partitions.FindAsync(id, context.RequestAborted);
        TaskInfo task = await waiter.WaitAsync(partition, taskId, wait, context.RequestAborted) ?? throw TaskPartitions.NoSuchTask(taskId);
        switch (task.State)
        {
            case TaskState.Succeeded:
                await context.Response.WriteAsync(new RawJson(task.Output), GatewayJson.Default.RawJson);
                break;
            case var over when over.IsTerminal():
                throw new RequestException(StatusCodes.Status409Conflict, task.Error ?? WithoutError(task));
            default:
                context.Response.StatusCode = StatusCodes.Status202Accepted;
                await context.Response.WriteAsync(TaskReceipt.Of(task.Id, task.State), GatewayJson.Default.TaskReceipt);
                break;
        }
    }

    private static TaskError WithoutError(TaskInfo task) => new(
        task.State == TaskState.Expired ? ErrorCodes.DeadlineExceeded : ErrorCodes.Cancelled,
        $"Task {task.Id} is {TaskStates.NameOf(task.State)}.",
        IsTransient: false);
}
