using System.Collections.Immutable;
using Gristmill.Client.Errors;
using Gristmill.Client.Json;
using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Tasks;

/// <summary>The routes that cancel or repeat one task.</summary>
internal sealed class TaskActionEndpoints(TaskPartitions partitions)
{
    public void Map(RouteGroupBuilder tasks)
    {
        tasks.MapPost("/{id}/cancel", CancelAsync).WithSummary("Cancel a task")
            .WithDescription("A waiting task is cancelled at once; the handler of a running one is asked to stop.")
            .Produces<TaskReceipt>(StatusCodes.Status202Accepted).ProducesProblems(400, 404, 409, 503, 504);

        tasks.MapPost("/{id}/retry", RetryAsync).WithSummary("Run a task again that is over")
            .WithDescription("Makes a new task with the same input; the old one stays as it is.")
            .Produces<TaskReceipt>(StatusCodes.Status202Accepted).ProducesProblems(400, 404, 409, 503, 504);
    }

    private async Task CancelAsync(string id, HttpContext context)
    {
        (TaskId taskId, ITaskPartitionGrain partition) = await partitions.FindAsync(id, context.RequestAborted);
        ImmutableArray<TaskReply> replies = await partition.CancelAsync([taskId], context.RequestAborted);
        TaskState state = StateOf(replies[0], taskId, "only a task that is not over can be cancelled");
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        await context.Response.WriteAsync(TaskReceipt.Of(taskId, state), GatewayJson.Default.TaskReceipt);
    }

    private async Task RetryAsync(string id, HttpContext context)
    {
        (TaskId taskId, ITaskPartitionGrain partition) = await partitions.FindAsync(id, context.RequestAborted);
        ImmutableArray<TaskReply> replies = await partition.RetryAsync([taskId], context.RequestAborted);
        TaskState state = StateOf(replies[0], taskId, "only a task that is over can be run again");
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.Headers.Location = $"/tasks/{replies[0].Id}";
        await context.Response.WriteAsync(
            TaskReceipt.Of(replies[0].Id, state) with { RetryOf = taskId.ToString() }, GatewayJson.Default.TaskReceipt);
    }

    private static TaskState StateOf(TaskReply reply, TaskId id, string rule)
    {
        if (reply.Error is { } error)
            throw new RequestException(ErrorStatus.Of(error), error);
        if (reply.State is not { } state)
            throw TaskPartitions.NoSuchTask(id);
        return reply.Done ? state : throw RequestException.WrongState($"Task {id} is {TaskStates.NameOf(state)}: {rule}.");
    }
}
