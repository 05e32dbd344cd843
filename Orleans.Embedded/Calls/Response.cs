namespace Orleans.Serialization.Invocation;

/// <summary>How a call ended, as call filters see it: a result or an exception. Immutable.</summary>
public sealed class Response
{
    private Response(object? result, Exception? exception)
    {
        Result = result;
        Exception = exception;
    }

    /// <summary>The end of a call that has no result.</summary>
    public static Response Completed { get; } = new(null, null);

    public object? Result { get; }

    public Exception? Exception { get; }

    public static Response FromResult<TResult>(TResult value) => new(value, null);

    public static Response FromException(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return new Response(null, exception);
    }
}
