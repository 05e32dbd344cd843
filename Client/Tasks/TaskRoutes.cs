namespace Gristmill.Client.Tasks;

internal static class TaskRoutes
{
    public static void MapTasks(this IEndpointRouteBuilder routes)
    {
        IServiceProvider services = routes.ServiceProvider;
        RouteGroupBuilder tasks = routes.MapGroup("/tasks").WithTags("Tasks");
        TaskEndpoints endpoints = ActivatorUtilities.CreateInstance<TaskEndpoints>(services);
        endpoints.Map(tasks);
        ActivatorUtilities.CreateInstance<BinaryTaskEndpoints>(services, endpoints).Map(tasks);
        ActivatorUtilities.CreateInstance<TaskReadEndpoints>(services).Map(tasks);
        ActivatorUtilities.CreateInstance<TaskEventEndpoint>(services).Map(tasks);
        ActivatorUtilities.CreateInstance<TaskActionEndpoints>(services).Map(tasks);
        ActivatorUtilities.CreateInstance<TaskSweepEndpoints>(services).Map(tasks);
    }

    /// <summary>Documents what <see cref="WaitTime"/> reads.</summary>
    public static RouteHandlerBuilder TakesWait(this RouteHandlerBuilder route) => route
        .TakesQuery("wait", "How long to wait: 30, 30s, 5m or PT30S.")
        .TakesHeader("Prefer", "wait=30, if the query names no wait.");

    /// <summary>Documents what <see cref="TaskFilter"/> reads from a query.</summary>
    public static RouteHandlerBuilder TakesFilter(this RouteHandlerBuilder route) => route
        .TakesQuery("status", $"One of {TaskStates.All}.")
        .TakesQuery("kind", "A kind's name.")
        .TakesQuery("queue", "A queue's name.")
        .TakesQuery("tag", "A tag that the task has.")
        .TakesQuery("owner", "The id of the user that it belongs to.")
        .TakesQuery("since", "Created then or later; RFC 3339.")
        .TakesQuery("until", "Created before; RFC 3339.");
}
