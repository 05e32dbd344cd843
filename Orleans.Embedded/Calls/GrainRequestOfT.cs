using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Orleans.CodeGeneration;

/// <summary>A request with a typed outcome. See <see cref="GrainRequest"/>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class GrainRequest<TResult>(GrainMethod method) : GrainRequest(method)
{
    // A builder makes a bare Task<TResult>: no completion source beside it.
    private AsyncTaskMethodBuilder<TResult> _response;
    private TResult? _result;

    internal override object? Result
    {
        get => _result;
        set
        {
            _result = (TResult?)value;
            Failure = null;
        }
    }

    /// <summary>The task that the caller awaits. Must be asked for before the request is sent.</summary>
    internal Task<TResult> OpenResponse()
    {
        _response = AsyncTaskMethodBuilder<TResult>.Create();
        return _response.Task;
    }

    private protected void Store(TResult? result) => _result = result;

    private protected void StoreFailure(Task invocation) =>
        Failure = invocation.IsCanceled ? CancellationOf(invocation) : invocation.Exception!.InnerExceptions[0];

    private protected override void CompleteCaller(Exception? failure)
    {
        if (failure is null)
            _response.SetResult(_result!);
        else
            _response.SetException(failure);
    }

    private protected override void Recycle()
    {
        _response = default;
        _result = default;
        Clear();
        Return();
    }

    /// <summary>Drops the arguments.</summary>
    protected abstract void Clear();

    /// <summary>Puts the object back into its pool.</summary>
    protected abstract void Return();

    // Only an await shows the exception of a cancelled task.
    private static OperationCanceledException CancellationOf(Task invocation)
    {
        try
        {
            invocation.GetAwaiter().GetResult();
            throw new InvalidOperationException("The task was cancelled and yet has a result.");
        }
        catch (OperationCanceledException e)
        {
            return e;
        }
    }
}

/// <summary>The result of a method that has none.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct NoResult;

/// <summary>A call of a method that returns <see cref="Task{TResult}"/>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class TaskRequest<TResult>(GrainMethod method) : GrainRequest<TResult>(method)
{
    protected abstract Task<TResult> Invoke(object grain);

    internal sealed override Task? Start(object grain)
    {
        Task<TResult> task = Invoke(grain);
        if (!task.IsCompletedSuccessfully)
            return task;
        Store(task.GetAwaiter().GetResult());
        return null;
    }

    internal sealed override void Collect(Task invocation)
    {
        if (invocation.IsCompletedSuccessfully)
            Store(((Task<TResult>)invocation).GetAwaiter().GetResult());
        else
            StoreFailure(invocation);
    }
}

/// <summary>A call of a method that returns <see cref="ValueTask{TResult}"/>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class ValueTaskRequest<TResult>(GrainMethod method) : GrainRequest<TResult>(method)
{
    protected abstract ValueTask<TResult> Invoke(object grain);

    internal sealed override Task? Start(object grain)
    {
        ValueTask<TResult> task = Invoke(grain);
        if (!task.IsCompletedSuccessfully)
            return task.AsTask();
        Store(task.GetAwaiter().GetResult());
        return null;
    }

    internal sealed override void Collect(Task invocation)
    {
        if (invocation.IsCompletedSuccessfully)
            Store(((Task<TResult>)invocation).GetAwaiter().GetResult());
        else
            StoreFailure(invocation);
    }
}

/// <summary>A call of a method that returns <see cref="Task"/>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class TaskRequest(GrainMethod method) : GrainRequest<NoResult>(method)
{
    protected abstract Task Invoke(object grain);

    internal sealed override object? Result
    {
        get => null;
        set => Failure = null;
    }

    internal sealed override Task? Start(object grain)
    {
        Task task = Invoke(grain);
        return task.IsCompletedSuccessfully ? null : task;
    }

    internal sealed override void Collect(Task invocation)
    {
        if (!invocation.IsCompletedSuccessfully)
            StoreFailure(invocation);
    }
}

/// <summary>A call of a method that returns <see cref="ValueTask"/>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class ValueTaskRequest(GrainMethod method) : GrainRequest<NoResult>(method)
{
    protected abstract ValueTask Invoke(object grain);

    internal sealed override object? Result
    {
        get => null;
        set => Failure = null;
    }

    internal sealed override Task? Start(object grain)
    {
        ValueTask task = Invoke(grain);
        if (!task.IsCompletedSuccessfully)
            return task.AsTask();
        task.GetAwaiter().GetResult();
        return null;
    }

    internal sealed override void Collect(Task invocation)
    {
        if (!invocation.IsCompletedSuccessfully)
            StoreFailure(invocation);
    }
}
