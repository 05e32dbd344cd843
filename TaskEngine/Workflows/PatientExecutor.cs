namespace Gristmill.Workflows;

/// <summary>
/// Hands tasks to an executor a few at a time, and again when its queue was full: a workflow is work that was accepted already, so a
/// full queue delays it and does not fail it.
/// </summary>
internal sealed class PatientExecutor(ITaskExecutor executor, SemaphoreSlim gate, TimeProvider time) : ITaskExecutor
{
    public async ValueTask<TResult> RunAsync<TResult>(TaskRequest<TResult> request, CancellationToken cancellationToken = default)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (true)
            {
                TimeSpan retryAfter;
                try
                {
                    return await executor.RunAsync(request, cancellationToken).ConfigureAwait(false);
                }
                catch (QueueFullException full)
                {
                    retryAfter = full.RetryAfter;
                }

                await Task.Delay(retryAfter, time, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            gate.Release();
        }
    }
}
