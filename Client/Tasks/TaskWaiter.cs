using Gristmill.Client.Errors;
using Gristmill.Client.Operations;
using Gristmill.Grains;
using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Tasks;

/// <summary>
/// Waits for tasks on behalf of clients: as long as they ask for, in calls that are short enough for a partition that was lost to be missed soon, and not once the process is
/// about to stop.
/// </summary>
internal sealed class TaskWaiter(Readiness readiness, TimeProvider time)
{
    private static readonly TimeSpan s_longestCall = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    /// <summary>The task when it is over, or as it is when <paramref name="patience"/> is; null when there is none.</summary>
    public async Task<TaskInfo?> WaitAsync(ITaskPartitionGrain partition, TaskId id, TimeSpan patience, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, readiness.Stopping);
        while (true)
        {
            TimeSpan left = patience - time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero || readiness.Stopping.IsCancellationRequested)
                return await partition.GetAsync(id, cancellationToken);

            try
            {
                TaskInfo? task = await partition.WaitAsync(id, left < s_longestCall ? left : s_longestCall, either.Token);
                if (task is null || task.State.IsTerminal() || time.GetElapsedTime(start) >= patience)
                    return task;
            }
            catch (OperationCanceledException) when (readiness.Stopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                // The process stops: the task is answered as it is.
            }
            catch (Exception exception) when (ErrorStatus.IsUnanswered(exception) || exception is GrainCallException { Error.IsTransient: true }
                || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                // Nothing is known of the task; the next call asks again, and the last one's failure is the answer.
                await Task.Delay(s_pause, time, cancellationToken);
            }
        }
    }
}
