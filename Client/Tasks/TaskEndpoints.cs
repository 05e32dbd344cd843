using Gristmill.Client.Errors;
using Gristmill.Client.Json;
using Gristmill.Grains.Tasks;
using Microsoft.Extensions.Options;

namespace Gristmill.Client.Tasks;

/// <summary>The routes that take new tasks. They keep to what a request needs: at tens of thousands a second each object counts.</summary>
internal sealed class TaskEndpoints(
    TaskSubmitter submitter, TaskPartitions partitions, TaskWaiter waiter, SiloDirectory silos, Problems problems, TimeProvider time,
    IOptions<GatewayOptions> options)
{
    public void Map(RouteGroupBuilder tasks)
    {
        tasks.MapPost("", SubmitAsync).WithSummary("Run a task")
            .WithDescription("A durable task is on stable storage when the answer is sent, and runs until it is over. With `wait` the answer is the finished task, also when it failed; or 202 when time is up. With durability \"none\" nothing is kept: the answer is the finished task, and `wait` gives up and cancels it.")
            .TakesWait()
            .TakesHeader(IdempotencyKey.Header, "Requests with one key make one task: a repeat is answered with the first one's id and its status now.")
            .Accepts<TaskInput>("application/json").Produces<TaskView>().Produces<TaskReceipt>(StatusCodes.Status202Accepted)
            .ProducesProblems(400, 404, 413, 415, 422, 503, 504)
            .DescribesBinaryTasks();

        tasks.MapPost("/batch", SubmitManyAsync).WithSummary("Run many tasks")
            .WithDescription("Durable tasks; each is accepted or refused by itself, and the answer has an entry for each, in order. 400 when none is accepted.")
            .TakesHeader(IdempotencyKey.Header, "Each task gets the key `key#index`.")
            .Accepts<TaskInput[]>("application/json").Produces<TaskReceipt[]>(StatusCodes.Status202Accepted)
            .ProducesProblems(400, 413, 415, 503);
        tasks.TakesOnly(HttpMethods.Post, "/batch");
    }

    private async Task SubmitAsync(HttpContext context, CancellationToken cancellationToken)
    {
        HttpRequest request = context.Request;
        TimeSpan? wait = WaitTime.Of(request, options.Value.MaxWait);
        string? key = IdempotencyKey.Of(request);
        TaskFields fields = await JsonBody.ParseAsync(
            request, (Now: time.GetUtcNow(), WithKey: key is not null),
            static (text, state) => TaskReader.ReadOne(text, state.Now, state.WithKey), cancellationToken);
        if (fields.IsDurable)
        {
            await SubmitDurableAsync(context, fields, key, wait ?? TimeSpan.Zero, cancellationToken);
            return;
        }

        if (key is not null)
            throw RequestException.BadField(IdempotencyKey.Header, IdempotencyKey.NeedsDurable);
        DirectTask task = fields.ToDirectTask(time);
        TaskOutcome outcome = await RunAsync(task, wait ?? options.Value.MaxWait, silos, time, cancellationToken);
        await context.Response.WriteAsync(TaskView.Of(task, outcome), GatewayJson.Default.TaskView);
    }

    /// <summary>Accepts a durable task and answers, after a wait if there is one.</summary>
    internal async Task SubmitDurableAsync(HttpContext context, TaskFields fields, string? key, TimeSpan wait, CancellationToken cancellationToken)
    {
        SubmitReply reply = await submitter.SubmitAsync(fields, key, cancellationToken);
        if (reply.Error is { } error)
        {
            // Not thrown: when the queue is full, refusing must cost little.
            await problems.WriteAsync(context, ErrorStatus.Of(error), error);
            return;
        }

        context.Response.Headers.Location = $"/tasks/{reply.Id}";
        if (wait > TimeSpan.Zero)
        {
            TaskInfo? task = await WaitAsync(reply.Id, wait, cancellationToken);
            if (task?.State.IsTerminal() == true)
            {
                await context.Response.WriteAsync(TaskView.Of(task), GatewayJson.Default.TaskView);
                return;
            }

            reply = reply with { State = task?.State ?? reply.State };
        }

        context.Response.StatusCode = StatusCodes.Status202Accepted;
        await context.Response.WriteAsync(TaskReceipt.Of(reply), GatewayJson.Default.TaskReceipt);
    }

    private async Task<TaskInfo?> WaitAsync(TaskId accepted, TimeSpan wait, CancellationToken cancellationToken)
    {
        ITaskPartitionGrain[] all = await partitions.AllAsync(cancellationToken);
        try
        {
            return await waiter.WaitAsync(all[accepted.Partition], accepted, wait, cancellationToken);
        }
        catch (Exception exception) when (ErrorStatus.IsOfCall(exception))
        {
            // Whatever has become of the wait, the task is accepted, and its client is to have its id.
            return null;
        }
    }

    private async Task SubmitManyAsync(HttpContext context, CancellationToken cancellationToken)
    {
        string? key = IdempotencyKey.Of(context.Request);
        List<TaskItem> items = await JsonBody.ParseAsync(
            context.Request, (Now: time.GetUtcNow(), WithKey: key is not null, Max: options.Value.MaxTaskBatch),
            static (text, state) => TaskReader.ReadMany(text, state.Now, state.WithKey, state.Max), cancellationToken);

        SubmitReply[] replies = await submitter.SubmitAsync(items, key, cancellationToken);
        // One that may have been accepted is told with its id: a client that sends it again makes it twice.
        if (Array.TrueForAll(replies, reply => reply.Error is not null && !TaskReceipt.IsUnknown(reply)))
        {
            TaskError error = Summarise(replies);
            await problems.WriteAsync(context, error.IsTransient ? ErrorStatus.Of(error) : StatusCodes.Status400BadRequest, error);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status202Accepted;
        await context.Response.WriteAsync(Array.ConvertAll(replies, TaskReceipt.Of), GatewayJson.Default.TaskReceiptArray);
    }

    /// <summary>Runs a task that is not stored, and gives its outcome.</summary>
    /// <exception cref="RequestException">It did not end in time, or its kind does not take the input.</exception>
    /// <exception cref="TimeoutException">Its silo is dead.</exception>
    internal static async Task<TaskOutcome> RunAsync(
        DirectTask task, TimeSpan wait, SiloDirectory silos, TimeProvider time, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        TaskOutcome outcome;
        try
        {
            outcome = await silos.RunAsync(task, either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw WaitedTooLong(task, wait);
        }

        if (outcome.State == TaskState.Cancelled && patience.IsCancellationRequested)
            throw WaitedTooLong(task, wait);
        // An input that its kind does not take was never run: the request is at fault, not the task.
        if (outcome.Error is { Code: ErrorCodes.InvalidInput } error)
            throw new RequestException(StatusCodes.Status400BadRequest, error.OfInput());
        return outcome;
    }

    // A failure that may pass counts for all: the client sends the batch again either way.
    private static TaskError Summarise(SubmitReply[] replies)
    {
        TaskError error = (replies.FirstOrDefault(reply => reply.Error!.IsTransient) ?? replies[0]).Error!;
        if (error.IsTransient)
            return error;

        FieldErrors errors = default;
        for (int i = 0; i < replies.Length && !errors.IsFull; i++)
            errors.Take($"[{i}]", replies[i].Error!);
        return errors.ToError()! with { Message = $"None of the {replies.Length} tasks can be accepted; the first: {error.Message}" };
    }

    private static RequestException WaitedTooLong(DirectTask task, TimeSpan wait) =>
        new(StatusCodes.Status504GatewayTimeout,
            new TaskError(ErrorCodes.Timeout, $"Task {task.Id} did not finish within {wait.TotalSeconds:0.###} s and was cancelled.", IsTransient: true));
}
