using Gristmill.Client.Errors;
using Gristmill.Client.Json;
using Gristmill.Grains.Tasks;
using Microsoft.Extensions.Options;

namespace Gristmill.Client.Tasks;

/// <summary>
/// <c>POST /tasks</c> with a body of raw numbers: what its JSON body would say comes in the query. ASP.NET chooses between the two routes
/// by the content type.
/// </summary>
internal sealed class BinaryTaskEndpoints(
    TaskEndpoints durable, IGrainFactory grains, SiloDirectory silos, Problems problems, TimeProvider time, IOptions<GatewayOptions> options)
{
    public const string OctetStream = "application/octet-stream";

    public void Map(RouteGroupBuilder tasks) =>
        // The document can hold one operation per path and method: DescribesBinaryTasks adds this one to the other. A request without a
        // content type fits both routes; the order leaves it to the other.
        tasks.MapPost("", RunAsync).Accepts<Stream>(OctetStream).WithOrder(1).ExcludeFromDescription();

    private async Task RunAsync(HttpContext context, CancellationToken cancellationToken)
    {
        HttpRequest request = context.Request;
        TimeSpan? wait = WaitTime.Of(request, options.Value.MaxWait);
        string? key = IdempotencyKey.Of(request);
        bool wantsBytes = request.GetTypedHeaders().Accept.Any(type => type.MediaType == OctetStream && type.Quality is not 0);
        TaskFields fields = BinarySubmission.ReadQuery(request, time.GetUtcNow(), withKey: key is not null);
        TaskKindInfo kind = await TaskKindEndpoints.FindKindAsync(fields.Kind, grains, cancellationToken);
        if (wantsBytes && fields.IsDurable)
            throw Refused(StatusCodes.Status406NotAcceptable, "The output of a durable task is kept as JSON: take it so, or run the task with durability=none.");
        if (wantsBytes && kind.BinaryOutput is null)
            throw Refused(StatusCodes.Status406NotAcceptable, $"The output of {kind.Name} is no array of numbers: it is to be had as JSON only.");

        fields = await BinarySubmission.ReadBodyAsync(fields, kind, request, cancellationToken);
        if (fields.IsDurable)
        {
            await durable.SubmitDurableAsync(context, fields, key, wait ?? TimeSpan.Zero, cancellationToken);
            return;
        }

        if (key is not null)
            throw RequestException.BadField(IdempotencyKey.Header, IdempotencyKey.NeedsDurable);
        DirectTask task = fields.ToDirectTask(time);
        if (wantsBytes)
            task = task with { OutputFormat = PayloadFormat.Binary };
        TaskOutcome outcome = await TaskEndpoints.RunAsync(task, wait ?? options.Value.MaxWait, silos, time, cancellationToken);
        if (!wantsBytes)
            await context.Response.WriteAsync(TaskView.Of(task, outcome), GatewayJson.Default.TaskView);
        else if (outcome.State == TaskState.Succeeded)
            await TypedResults.Bytes(outcome.Output, OctetStream).ExecuteAsync(context);
        else
            await problems.WriteAsync(context, StatusCodes.Status409Conflict, outcome.Error!);
    }

    internal static RequestException Refused(int status, string message) =>
        new(status, new TaskError(ErrorStatus.CodeOf(status), message, IsTransient: false));
}
