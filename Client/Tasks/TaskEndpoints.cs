using System.Collections.Immutable;
using Gristmill.Client.Errors;
using Gristmill.Grains.Tasks;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Gristmill.Client.Tasks;

/// <summary>The task routes.</summary>
internal static class TaskEndpoints
{
    public static void MapTasks(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder tasks = routes.MapGroup("/tasks").WithTags("Tasks");

        tasks.MapPost("", RunAsync).WithSummary("Run a task and wait for it")
            .WithDescription("With durability \"none\" the task is not stored: this answer is the only place where its result appears. `?wait=30s` or `Prefer: wait=30` gives up, and cancels the task, after that time.")
            .TakesQuery("wait", "How long to wait: 30, 30s, 5m or PT30S.")
            .TakesHeader("Prefer", "wait=30, if the query names no wait.")
            .Accepts<TaskInput>("application/json").Produces<TaskView>().ProducesProblems(400, 404, 413, 415, 503, 504)
            .DescribesBinaryTasks();
        tasks.MapBinaryTasks();
    }

    private static async Task<Ok<TaskView>> RunAsync(
        HttpRequest request, SiloDirectory silos, TimeProvider time, IOptions<GatewayOptions> options, CancellationToken cancellationToken)
    {
        TimeSpan wait = WaitTime.Of(request, options.Value.MaxWait) ?? options.Value.MaxWait;
        DirectTask task = await TaskSubmission.ReadAsync(request, time, cancellationToken);
        return TypedResults.Ok(TaskView.Of(task, await RunToEndAsync(task, wait, silos, time, cancellationToken)));
    }

    /// <summary>Runs a task that is not stored, and gives its outcome.</summary>
    /// <exception cref="RequestException">It did not end in time, or its kind does not take the input.</exception>
    internal static async Task<TaskOutcome> RunToEndAsync(
        DirectTask task, TimeSpan wait, SiloDirectory silos, TimeProvider time, CancellationToken cancellationToken)
    {
        ITaskExecutorGrain executor = await silos.NextAsync();

        using var patience = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        TaskOutcome outcome;
        try
        {
            outcome = await executor.RunDirectAsync(task, either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw WaitedTooLong(task, wait);
        }

        if (outcome.State == TaskState.Cancelled && patience.IsCancellationRequested)
            throw WaitedTooLong(task, wait);
        ThrowIfRefused(outcome);
        return outcome;
    }

    /// <summary>An input that its kind does not take was never run: the request is at fault, not the task.</summary>
    private static void ThrowIfRefused(TaskOutcome outcome)
    {
        if (outcome.Error is { Code: ErrorCodes.InvalidInput } error)
        {
            throw new RequestException(StatusCodes.Status400BadRequest, error with
            {
                Fields = error.Fields.ToDictionary(field => $"input.{field.Key}", field => field.Value).ToImmutableDictionary(),
            });
        }
    }

    private static RequestException WaitedTooLong(DirectTask task, TimeSpan wait) =>
        new(StatusCodes.Status504GatewayTimeout,
            new TaskError(ErrorCodes.Timeout, $"Task {task.Id} did not finish within {wait.TotalSeconds:0.###} s and was cancelled.", IsTransient: true));
}
