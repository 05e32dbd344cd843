using System.ComponentModel;

namespace Orleans.CodeGeneration;

/// <summary>
/// Requests of one method that wait to be used again. Each thread keeps its own stack: callers take where targets put back,
/// because both run on the thread pool. A full stack drops the object, an empty one makes a new one.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class RequestPool<TRequest>
    where TRequest : GrainRequest, new()
{
    private const int CapacityPerThread = 256;

    [ThreadStatic]
    private static Stack<TRequest>? t_free;

    public static TRequest Rent() => t_free is { } free && free.TryPop(out TRequest? request) ? request : new TRequest();

    public static void Return(TRequest request)
    {
        Stack<TRequest> free = t_free ??= new Stack<TRequest>();
        if (free.Count < CapacityPerThread)
            free.Push(request);
    }
}
