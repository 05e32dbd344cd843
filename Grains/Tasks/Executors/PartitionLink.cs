using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Gristmill.Grains.Tasks;

/// <summary>
/// An executor's side of one partition: asks for grants, sends completions in batches, and heartbeats. Safe from any thread.
/// </summary>
internal sealed partial class PartitionLink(TaskExecutor executor, ITaskLeaseGrain partition, int number, TimeProvider time, ILogger logger)
{
    // A batch is one grain call and one group.
    private const int MaxBatch = 1_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<(TaskId, long), HeldTask> _held = [];
    private readonly ConcurrentQueue<(HeldTask Task, TaskCompletion Completion)> _ended = [];
    private int _isSending;

    /// <summary>What the executor holds of this partition, completions that were not answered included.</summary>
    public ICollection<HeldTask> Held => _held.Values;

    /// <summary>Asks for tasks until the executor drains.</summary>
    public async Task LeaseAsync(CancellationToken draining)
    {
        // What to ask for: doubled when it was used up, halved when not, so that busy partitions have most of the credit.
        int wanted = 1;
        while (!draining.IsCancellationRequested)
        {
            int credit = 0;
            int granted = 0;
            try
            {
                credit = await executor.Credit.TakeAsync(wanted, draining);
                ImmutableArray<TaskGrant> grants = await partition.LeaseAsync(
                    new LeaseRequest(executor.Name, executor.Silo, credit, executor.RefusedKinds(), s_patience), CancellationToken.None);
                granted = grants.Length;
                wanted = granted == credit ? Math.Min(wanted * 2, MaxBatch) : Math.Max(1, Math.Max(granted, wanted / 2));
                foreach (TaskGrant grant in grants)
                {
                    var held = new HeldTask(grant, this, time);
                    _held[(grant.Id, grant.Number)] = held;
                    executor.Accept(held);
                }
            }
            catch (OperationCanceledException) when (draining.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogLeaseFailed(exception, number);
                await PauseAsync(draining);
            }
            finally
            {
                executor.Credit.Use(credit, granted);
            }
        }
    }

    /// <summary>A grant has ended; its completion is sent until it is answered.</summary>
    public void End(HeldTask task, GrantEnd end, ReadOnlyMemory<byte> output, TaskError? error)
    {
        _ended.Enqueue((task, new TaskCompletion(task.Grant.Id, task.Grant.Number, end, output, error)));
        if (Interlocked.CompareExchange(ref _isSending, 1, 0) == 0)
            _ = Task.Run(SendAsync);
    }

    public void Cancel(TaskId id)
    {
        foreach (HeldTask held in _held.Values.Where(held => held.Grant.Id == id))
            held.Cancel();
    }

    public async Task HeartbeatAsync()
    {
        try
        {
            ImmutableArray<TaskId> toStop = await partition.HeartbeatAsync(executor.Name, [.. Held.Select(held => held.Describe())]);
            foreach (TaskId id in toStop)
                Cancel(id);
        }
        catch (Exception exception)
        {
            LogHeartbeatFailed(exception, number);
        }
    }

    /// <summary>Has the partition end a waiting request, and remember what is still held as running in a process that ends.</summary>
    public async Task LeaveAsync(ImmutableArray<HeldGrant> held)
    {
        try
        {
            await partition.LeaveAsync(executor.Name, held);
        }
        catch (Exception exception)
        {
            // The lease period will tell.
            LogLeaveFailed(exception, number);
        }
    }

    private async Task SendAsync()
    {
        var batch = new List<(HeldTask Task, TaskCompletion Completion)>();
        while (true)
        {
            while (batch.Count < MaxBatch && _ended.TryDequeue(out (HeldTask, TaskCompletion) next))
                batch.Add(next);
            if (batch.Count == 0)
            {
                Volatile.Write(ref _isSending, 0);
                if (_ended.IsEmpty || Interlocked.CompareExchange(ref _isSending, 1, 0) != 0)
                    return;
                continue;
            }

            try
            {
                await partition.CompleteAsync(executor.Name, [.. batch.Select(ended => ended.Completion)]);
            }
            catch (Exception exception)
            {
                // Whether it was recorded is not known: it is sent again as it is.
                LogCompleteFailed(exception, number, batch.Count);
                await PauseAsync(executor.Stopped);
                if (executor.Stopped.IsCancellationRequested)
                    return;
                continue;
            }

            foreach ((HeldTask task, _) in batch)
                _held.TryRemove((task.Grant.Id, task.Grant.Number), out _);

            Failpoints.Pass(Failpoints.AfterAcknowledge);
            executor.Credit.Return(batch.Count);
            executor.OnAnswered();
            batch.Clear();
        }
    }

    private async Task PauseAsync(CancellationToken cancellationToken) =>
        await Task.Delay(s_pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    [LoggerMessage(3111, LogLevel.Warning, "Task partition {Partition} could not be asked for tasks; it is tried again.")]
    private partial void LogLeaseFailed(Exception exception, int partition);

    [LoggerMessage(3112, LogLevel.Warning, "Task partition {Partition} did not answer {Count} completions; they are sent again.")]
    private partial void LogCompleteFailed(Exception exception, int partition, int count);

    [LoggerMessage(3113, LogLevel.Warning, "Task partition {Partition} did not answer a heartbeat.")]
    private partial void LogHeartbeatFailed(Exception exception, int partition);

    [LoggerMessage(3114, LogLevel.Warning, "Task partition {Partition} could not be told that this executor leaves.")]
    private partial void LogLeaveFailed(Exception exception, int partition);
}
