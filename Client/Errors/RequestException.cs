using System.Collections.Immutable;

namespace Gristmill.Client.Errors;

/// <summary>A request that the gateway refuses: its own status, and the failure as data. Nothing was changed.</summary>
internal sealed class RequestException(int status, TaskError error) : Exception(error.Message)
{
    public int Status { get; } = status;

    public TaskError Error { get; } = error;

    public static RequestException BadRequest(string message) =>
        new(StatusCodes.Status400BadRequest, new TaskError(ErrorCodes.InvalidInput, message, IsTransient: false));

    public static RequestException BadField(string field, string problem) =>
        BadFields(ImmutableDictionary<string, string>.Empty.Add(field, problem));

    /// <param name="fields">Field name to what is wrong with it; at least one.</param>
    public static RequestException BadFields(ImmutableDictionary<string, string> fields) => new(StatusCodes.Status400BadRequest, InvalidFields(fields));

    /// <inheritdoc cref="BadFields"/>
    public static TaskError InvalidFields(ImmutableDictionary<string, string> fields)
    {
        string message = string.Join("; ", fields.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Key}: {f.Value}"));
        return new TaskError(ErrorCodes.InvalidInput, message, IsTransient: false) { Fields = fields };
    }

    public static RequestException NotFound(string message) =>
        new(StatusCodes.Status404NotFound, new TaskError(ErrorCodes.NotFound, message, IsTransient: false));

    public static RequestException WrongState(string message) =>
        new(StatusCodes.Status409Conflict, new TaskError(ErrorCodes.WrongState, message, IsTransient: false));

    public static RequestException TooLarge(string message) =>
        new(StatusCodes.Status413PayloadTooLarge, new TaskError(ErrorCodes.PayloadTooLarge, message, IsTransient: false));

    public static RequestException PreconditionFailed(string message) =>
        new(StatusCodes.Status412PreconditionFailed, new TaskError(ErrorCodes.VersionConflict, message, IsTransient: false));
}
