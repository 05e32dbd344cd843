using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;

namespace Gristmill.Tasks;

/// <summary>A run with a result: what <c>RunAsync</c> hands out behind its <see cref="ValueTask{TResult}"/>.</summary>
internal abstract class TaskRun<T> : TaskRun, IValueTaskSource<T>
{
    private readonly Action _onHandlerDone;
    private CompletionCore _completion;
    private ConfiguredValueTaskAwaitable<T>.ConfiguredValueTaskAwaiter _handler;
    private T? _result;
    private ExceptionDispatchInfo? _failure;

    protected TaskRun() => _onHandlerDone = OnHandlerDone;

    public ValueTask<T> AsValueTask() => new(this, Version);

    public ValueTaskSourceStatus GetStatus(short token)
    {
        CheckVersion(token);
        if (!_completion.IsComplete)
            return ValueTaskSourceStatus.Pending;
        if (_failure is null)
            return ValueTaskSourceStatus.Succeeded;
        return _failure.SourceException is OperationCanceledException
            ? ValueTaskSourceStatus.Canceled
            : ValueTaskSourceStatus.Faulted;
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        CheckVersion(token);
        _completion.OnCompleted(continuation, state, flags, Engine.Pool, Lane);
    }

    public T GetResult(short token)
    {
        CheckVersion(token);
        if (!_completion.IsComplete)
            throw new InvalidOperationException("The task is not complete: await it.");

        T? result = _result;
        ExceptionDispatchInfo? failure = _failure;
        OnConsumed();
        failure?.Throw();
        return result!;
    }

    protected abstract ValueTask<T> InvokeAsync();

    /// <summary>What the awaiter gets for a failure; null lets it have the exception.</summary>
    protected virtual T? DescribeFailure(TaskState state, Exception exception, out bool isResult)
    {
        isResult = false;
        return default;
    }

    protected sealed override void InvokeHandler()
    {
        T result;
        try
        {
            ValueTask<T> pending = Kind.Decorators is { } decorators ? decorators.InvokeAsync(Context, InvokeAsync) : InvokeAsync();
            if (!pending.IsCompleted)
            {
                // Registered first: the handler may return on another thread before UnsafeOnCompleted does.
                Engine.OnSuspended(this);
                _handler = pending.ConfigureAwait(false).GetAwaiter();
                _handler.UnsafeOnCompleted(_onHandlerDone);
                return;
            }

            result = pending.GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            OnAttemptFailed(exception);
            return;
        }

        OnAttemptSucceeded(result);
    }

    protected sealed override void SetFailure(TaskState state, Exception exception)
    {
        bool isResult;
        try
        {
            _result = DescribeFailure(state, exception, out isResult);
        }
        catch (Exception indescribable)
        {
            // The claim is held: whatever happens, the awaiter must get something.
            exception = new InvalidOperationException($"{exception.GetType()} cannot describe itself.", indescribable);
            _result = DescribeFailure(state, exception, out isResult);
        }

        if (!isResult)
            _failure = ExceptionDispatchInfo.Capture(exception);
    }

    protected sealed override void CompleteAwaiter() => _completion.Complete(Engine.Pool, Lane);

    /// <summary>Clears what the task left; false when the object cannot serve another.</summary>
    protected bool TryResetResult()
    {
        _completion.Reset();
        _result = default;
        _failure = null;
        _handler = default;
        return TryReset();
    }

    private void OnHandlerDone()
    {
        long claim = Claim;
        try
        {
            EndHandler();
        }
        catch (Exception exception)
        {
            OnPolicyFailed(claim, exception);
        }
    }

    private void EndHandler()
    {
        T result;
        try
        {
            result = _handler.GetResult();
        }
        catch (Exception exception)
        {
            OnAttemptFailed(exception);
            return;
        }

        OnAttemptSucceeded(result);
    }

    private void OnAttemptSucceeded(T result)
    {
        if (!OnAttemptReturned())
            return;

        _result = result;
        PublishOwnOutcome(TaskState.Succeeded);
    }

    private void CheckVersion(short token)
    {
        if (token != Version)
            throw new InvalidOperationException("This task was awaited before: its result can be taken once only.");
    }
}
