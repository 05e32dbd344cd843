using System.Diagnostics;
using System.Threading.Tasks.Sources;
using Gristmill.Scheduling;

namespace Gristmill.Tasks;

/// <summary>
/// The waiting side of a run: remembers the one continuation and, when the run is complete, posts it to where its awaiter wants
/// to go on: a captured context or scheduler, otherwise the workers. Never runs it inline. (The framework's own core would post to
/// the .NET thread pool.)
/// </summary>
/// <remarks>
/// Protocol: <c>_continuation</c> goes from null to the awaiter's callback, and then, or at once, to a sentinel that means complete.
/// Both steps are atomic, so exactly one side sees the other and posts.
/// </remarks>
internal struct CompletionCore
{
    private static readonly Action<object?> s_complete = static _ => Debug.Fail("the sentinel is never called");

    private Action<object?>? _continuation;
    private object? _state;
    private object? _where;
    private ExecutionContext? _executionContext;

    public readonly bool IsComplete => ReferenceEquals(Volatile.Read(in _continuation), s_complete);

    public void Reset()
    {
        _continuation = null;
        _state = null;
        _where = null;
        _executionContext = null;
    }

    /// <exception cref="InvalidOperationException">The task is awaited a second time.</exception>
    public void OnCompleted(
        Action<object?> continuation, object? state, ValueTaskSourceOnCompletedFlags flags, WorkerPool pool, int lane)
    {
        _state = state;
        _executionContext = (flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0 ? ExecutionContext.Capture() : null;
        _where = (flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) != 0 ? CaptureWhere() : null;
        Action<object?>? seen = Interlocked.CompareExchange(ref _continuation, continuation, null);
        if (seen is null)
            return;
        if (!ReferenceEquals(seen, s_complete))
            throw new InvalidOperationException("A task's result may be awaited once only.");
        Post(continuation, pool, lane);
    }

    /// <summary>Called once, after the result is in place.</summary>
    public void Complete(WorkerPool pool, int lane)
    {
        if (Interlocked.Exchange(ref _continuation, s_complete) is { } continuation)
            Post(continuation, pool, lane);
    }

    private static object? CaptureWhere()
    {
        if (SynchronizationContext.Current is { } context && context.GetType() != typeof(SynchronizationContext))
            return context;
        return TaskScheduler.Current == TaskScheduler.Default ? null : TaskScheduler.Current;
    }

    private readonly void Post(Action<object?> continuation, WorkerPool pool, int lane)
    {
        object? state = _state;
        if (_executionContext is { } flowed)
        {
            (continuation, state) = (RunFlowed, new Flowed(flowed, continuation, state));
        }

        if (_where is null || !TryPostTo(_where, continuation, state, pool))
            pool.Post(CallbackItem.Rent(continuation, state, lane));
    }

    // False when the place is gone, as that of a closed window: the awaiter goes on on the workers then, rather than never.
    private static bool TryPostTo(object where, Action<object?> continuation, object? state, WorkerPool pool)
    {
        try
        {
            if (where is SynchronizationContext context)
                context.Post(new SendOrPostCallback(continuation), state);
            else
                _ = Task.Factory.StartNew(continuation, state, CancellationToken.None, TaskCreationOptions.DenyChildAttach, (TaskScheduler)where);
            return true;
        }
        catch (Exception exception)
        {
            pool.ReportUnhandled(exception);
            return false;
        }
    }

    private static void RunFlowed(object? state)
    {
        var flowed = (Flowed)state!;
        ExecutionContext.Run(flowed.Context, new ContextCallback(flowed.Continuation), flowed.State);
    }

    private sealed record Flowed(ExecutionContext Context, Action<object?> Continuation, object? State);
}
