namespace Gristmill.Workflows;

/// <summary>
/// Hands tasks to the engine a few at a time, and again when its queue was full: a workflow is work that was accepted already, so a
/// full queue delays it and does not fail it. A handler that fails because some queue was full has failed like any other.
/// </summary>
internal sealed class PatientExecutor(TaskEngine engine, SemaphoreSlim gate) : ITaskExecutor
{
    public async ValueTask<TResult> RunAsync<TResult>(TaskRequest<TResult> request, CancellationToken cancellationToken = default)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (true)
            {
                ValueTask<TResult> result = engine.TryRunAsync(request, TaskRunOptions.Default, cancellationToken, out GristmillException? refusal);
                switch (refusal)
                {
                    case null:
                        return await result.ConfigureAwait(false);
                    case QueueFullException full:
                        await Task.Delay(full.RetryAfter, engine.Time, cancellationToken).ConfigureAwait(false);
                        break;
                    default:
                        throw refusal;
                }
            }
        }
        finally
        {
            gate.Release();
        }
    }
}
