using Gristmill.Workflows;

namespace Gristmill;

// Running workflows on the engine of this process.
public sealed partial class TaskEngine : ITaskExecutor
{
    /// <summary>Runs a workflow and gives its result. Its tasks are tasks of the engine like any other; nothing of it is stored.</summary>
    /// <param name="workflow">What to run.</param>
    /// <param name="maxParallelism">Tasks in the engine at once, 1 or more; null means four per worker. The others wait without a place in the queue.</param>
    /// <param name="cancellationToken">Cancels running tasks and starts no other.</param>
    /// <exception cref="WorkflowFailedException">A task that the result needs failed; the exception says what became of each.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public Task<T> RunAsync<T>(Workflow<T> workflow, int? maxParallelism = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(workflow);
        int parallelism = maxParallelism ?? _options.Workers * 4;
        ArgumentOutOfRangeException.ThrowIfLessThan(parallelism, 1, nameof(maxParallelism));
        return WorkflowRun.RunAsync(workflow, this, parallelism, cancellationToken);
    }
}
