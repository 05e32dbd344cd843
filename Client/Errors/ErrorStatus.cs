using Gristmill.Grains;

namespace Gristmill.Client.Errors;

/// <summary>The one place where failures become HTTP statuses.</summary>
internal static class ErrorStatus
{
    private const int ClientClosedRequest = 499;

    /// <summary>The status of a failure that is known by its code.</summary>
    public static int Of(TaskError error) => error.Code switch
    {
        ErrorCodes.InvalidInput => StatusCodes.Status400BadRequest,
        ErrorCodes.NotFound or ErrorCodes.UnknownTaskKind => StatusCodes.Status404NotFound,
        ErrorCodes.WrongState => StatusCodes.Status409Conflict,
        ErrorCodes.VersionConflict => StatusCodes.Status412PreconditionFailed,
        ErrorCodes.IdempotencyMismatch => StatusCodes.Status422UnprocessableEntity,
        ErrorCodes.PayloadTooLarge => StatusCodes.Status413PayloadTooLarge,
        ErrorCodes.QueueFull or ErrorCodes.MemoryBudget or ErrorCodes.Unavailable or ErrorCodes.StorageUnavailable
            or ErrorCodes.CircuitOpen => StatusCodes.Status503ServiceUnavailable,
        ErrorCodes.Timeout => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status500InternalServerError,
    };

    /// <summary>What to answer for an exception; a defect of ours says nothing about its inside.</summary>
    public static (int Status, TaskError Error) Of(Exception exception, CancellationToken requestAborted) => exception switch
    {
        RequestException refused => (refused.Status, refused.Error),
        BadHttpRequestException bad => (bad.StatusCode, new TaskError(CodeOf(bad.StatusCode), bad.Message, IsTransient: false)),
        GrainCallException remote => (Of(remote.Error), remote.Error),
        GristmillException ours => (Of(ours.ToError()), ours.ToError()),
        OperationCanceledException when requestAborted.IsCancellationRequested =>
            (ClientClosedRequest, new TaskError(ErrorCodes.Cancelled, "The client went away.", IsTransient: true)),
        TimeoutException =>
            (StatusCodes.Status504GatewayTimeout,
                new TaskError(ErrorCodes.Timeout, "No answer in time. What was asked may have happened all the same.", IsTransient: true)),
        OrleansException =>
            (StatusCodes.Status503ServiceUnavailable,
                new TaskError(ErrorCodes.Unavailable, "The service cannot be reached right now.", IsTransient: true)),
        _ => (StatusCodes.Status500InternalServerError,
            new TaskError(ErrorCodes.Internal, "Something went wrong inside. The log has the details under this trace id.", IsTransient: false)),
    };

    /// <summary>
    /// True when a grain call failed and may have happened all the same: its answer was lost, or the grain was, which the next call wakes again.
    /// </summary>
    public static bool IsUnanswered(Exception exception) =>
        exception is GrainCallException { Error: var error } ? error.Code == ErrorCodes.Unavailable : exception is TimeoutException or OrleansException;

    /// <summary>True for what a grain call fails with when there is no defect behind it and the caller is still there.</summary>
    public static bool IsOfCall(Exception exception) => exception is OrleansException or TimeoutException or GristmillException;

    /// <summary>The code of an answer that says no more than its status.</summary>
    public static string CodeOf(int status) => status switch
    {
        StatusCodes.Status400BadRequest => ErrorCodes.InvalidInput,
        StatusCodes.Status404NotFound => ErrorCodes.NotFound,
        StatusCodes.Status405MethodNotAllowed => "method_not_allowed",
        StatusCodes.Status408RequestTimeout => ErrorCodes.Timeout,
        StatusCodes.Status409Conflict => ErrorCodes.WrongState,
        StatusCodes.Status412PreconditionFailed => ErrorCodes.VersionConflict,
        StatusCodes.Status413PayloadTooLarge => ErrorCodes.PayloadTooLarge,
        StatusCodes.Status415UnsupportedMediaType => "unsupported_media_type",
        >= 500 => ErrorCodes.Internal,
        _ => "request_refused",
    };
}
