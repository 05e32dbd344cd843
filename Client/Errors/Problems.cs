using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace Gristmill.Client.Errors;

/// <summary>Writes every failure as problem+json (RFC 9457), with the members that API.md promises.</summary>
internal sealed partial class Problems(IProblemDetailsService writer, ILogger<Problems> logger) : IExceptionHandler
{
    /// <summary>What a client hears that sent a body of another type.</summary>
    public const string JsonOnly = "Send the body as JSON, with Content-Type: application/json.";

    private static readonly TimeSpan s_defaultRetry = TimeSpan.FromSeconds(1);

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        (int status, TaskError error) = ErrorStatus.Of(exception, httpContext.RequestAborted);
        if (status == StatusCodes.Status500InternalServerError)
            LogDefect(httpContext.Request.Method, httpContext.Request.Path, exception);
        await WriteAsync(httpContext, status, error);
        return true;
    }

    /// <summary>Answers with the failure. The response must not have started.</summary>
    public ValueTask WriteAsync(HttpContext context, int status, TaskError error)
    {
        context.Response.StatusCode = status;
        // A failure is told as problem+json whatever the client would rather have; the writer would refuse and leave an empty 500.
        context.Request.Headers.Remove("Accept");
        if (status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
        {
            double seconds = Math.Ceiling((error.RetryAfter ?? s_defaultRetry).TotalSeconds);
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        var problem = new ProblemDetails { Status = status, Detail = error.Message };
        problem.Extensions["code"] = error.Code;
        if (!error.Fields.IsEmpty)
            problem.Extensions["errors"] = error.Fields.ToDictionary(f => f.Key, f => new[] { f.Value });
        return writer.WriteAsync(new ProblemDetailsContext { HttpContext = context, ProblemDetails = problem });
    }

    /// <summary>Fills in what every problem has, also one that ASP.NET made (404 of an unknown path, 405, 415).</summary>
    public static void Complete(ProblemDetailsContext context)
    {
        ProblemDetails problem = context.ProblemDetails;
        int status = problem.Status ?? context.HttpContext.Response.StatusCode;
        problem.Title ??= ReasonPhrases.GetReasonPhrase(status) is { Length: > 0 } reason ? reason : "Error";
        problem.Type ??= "about:blank";
        problem.Detail ??= Describe(status, context.HttpContext.Request);
        problem.Extensions.TryAdd("code", ErrorStatus.CodeOf(status));
        problem.Extensions["error"] = problem.Detail;
        problem.Extensions["traceId"] = Activity.Current?.TraceId.ToString() ?? context.HttpContext.TraceIdentifier;
    }

    private static string Describe(int status, HttpRequest request) => status switch
    {
        StatusCodes.Status404NotFound => $"There is nothing at {request.Path}.",
        StatusCodes.Status405MethodNotAllowed => $"{request.Path} does not take {request.Method}.",
        StatusCodes.Status415UnsupportedMediaType => JsonOnly,
        _ => ReasonPhrases.GetReasonPhrase(status),
    };

    [LoggerMessage(4001, LogLevel.Error, "{Method} {Path} failed")]
    private partial void LogDefect(string method, string path, Exception exception);
}
