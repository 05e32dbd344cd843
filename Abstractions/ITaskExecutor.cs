namespace Gristmill;

/// <summary>Something that runs tasks: an engine of this process, or a way to one elsewhere. Safe from any thread.</summary>
public interface ITaskExecutor
{
    /// <summary>Runs a task and gives its result.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="cancellationToken">Cancels the task.</param>
    /// <exception cref="GristmillException">The task failed, or was not accepted.</exception>
    ValueTask<TResult> RunAsync<TResult>(TaskRequest<TResult> request, CancellationToken cancellationToken = default);
}
