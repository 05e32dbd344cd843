using System.Collections.Immutable;

namespace Gristmill;

/// <summary>
/// A failure as data: what a <see cref="GristmillException"/> becomes when it is stored, sent across a grain call, or shown to
/// a client. Immutable.
/// </summary>
/// <param name="Code">One of <see cref="ErrorCodes"/>, or a handler's own code: lower case, words joined by '_'.</param>
/// <param name="Message">A sentence for a person. Holds no stack trace and no secret.</param>
/// <param name="IsTransient">True when the same request may succeed later, unchanged.</param>
public sealed record TaskError(string Code, string Message, bool IsTransient)
{
    /// <summary>What is wrong with which field of the input; empty when the failure is not about the input.</summary>
    public ImmutableDictionary<string, string> Fields { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>How long to wait before trying again; null when there is no telling.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// Turns any exception into data. A <see cref="GristmillException"/> keeps its code; an <see cref="OverflowException"/> is
    /// <see cref="ErrorCodes.Overflow"/>; anything else is <see cref="ErrorCodes.HandlerFailed"/> with its message.
    /// </summary>
    public static TaskError From(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return exception switch
        {
            GristmillException ours => ours.ToError(),
            OverflowException => new TaskError(ErrorCodes.Overflow, exception.Message, IsTransient: false),
            OperationCanceledException => new TaskError(ErrorCodes.Cancelled, "The task was cancelled.", IsTransient: false),
            _ => new TaskError(ErrorCodes.HandlerFailed, $"{exception.GetType().Name}: {exception.Message}", IsTransient: false),
        };
    }
}
