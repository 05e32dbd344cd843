using Gristmill.Client.Errors;
using Gristmill.Grains.Tasks;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;

namespace Gristmill.Client.Tasks;

/// <summary>
/// <c>POST /tasks</c> with a body of raw numbers: what its JSON body would say comes in the query. ASP.NET chooses between the two routes
/// by the content type.
/// </summary>
internal static class BinaryTaskEndpoints
{
    public const string OctetStream = "application/octet-stream";

    public static void MapBinaryTasks(this IEndpointRouteBuilder tasks) =>
        // The document can hold one operation per path and method: DescribesBinaryTasks adds this one to the other. A request without a
        // content type fits both routes; the order leaves it to the other.
        tasks.MapPost("", RunAsync).Accepts<Stream>(OctetStream).WithOrder(1).ExcludeFromDescription();

    /// <summary>Documents the binary form of a route.</summary>
    public static RouteHandlerBuilder DescribesBinaryTasks(this RouteHandlerBuilder route) => route
        .TakesQuery("kind", "With a binary body, the kind; and so durability, priority, timeout, deadline and maxAttempts, as in a JSON body.")
        .TakesQuery("input", "With a binary body, the input's other fields as a JSON object. In it a number stands for an array of that many elements; arrays that it leaves out share the body equally, behind the others.")
        .ProducesProblems(406, 409)
        .AddOpenApiOperationTransformer(static (operation, _, _) =>
        {
            var bytes = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" } };
            operation.RequestBody?.Content?.Add(OctetStream, bytes);
            if (operation.Responses?.TryGetValue("200", out IOpenApiResponse? ok) == true)
                ok.Content?.Add(OctetStream, bytes);
            return Task.CompletedTask;
        });

    private static async Task<IResult> RunAsync(
        HttpRequest request, IGrainFactory grains, SiloDirectory silos, TimeProvider time, IOptions<GatewayOptions> options,
        CancellationToken cancellationToken)
    {
        TimeSpan wait = WaitTime.Of(request, options.Value.MaxWait) ?? options.Value.MaxWait;
        bool wantsBytes = request.GetTypedHeaders().Accept.Any(type => type.MediaType == OctetStream && type.Quality is not 0);
        DirectTask task = BinarySubmission.ReadQuery(request, time);
        TaskKindInfo kind = await TaskKindEndpoints.FindKindAsync(task.Kind, grains, cancellationToken);
        if (wantsBytes && kind.BinaryOutput is null)
            throw Refused(StatusCodes.Status406NotAcceptable, $"The output of {kind.Name} is no array of numbers: it is to be had as JSON only.");

        task = await BinarySubmission.ReadBodyAsync(task, kind, request, cancellationToken);
        if (!wantsBytes)
            return TypedResults.Ok(TaskView.Of(task, await TaskEndpoints.RunToEndAsync(task, wait, silos, time, cancellationToken)));

        TaskOutcome outcome = await TaskEndpoints.RunToEndAsync(task with { OutputFormat = PayloadFormat.Binary }, wait, silos, time, cancellationToken);
        return outcome.State == TaskState.Succeeded
            ? TypedResults.Bytes(outcome.Output, OctetStream)
            : throw new RequestException(StatusCodes.Status409Conflict, outcome.Error!);
    }

    internal static RequestException Refused(int status, string message) =>
        new(status, new TaskError(ErrorStatus.CodeOf(status), message, IsTransient: false));
}
