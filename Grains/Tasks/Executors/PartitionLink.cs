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
    private const long MaxBatchBytes = 4 * 1024 * 1024;

    // While it holds nothing, and only answers that were lost are to be found out.
    private const int IdleBeats = 3;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    // While it refuses kinds: a request refuses them as long as it waits.
    private static readonly TimeSpan s_refusalPatience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<(TaskId, long), HeldTask> _held = [];
    private readonly ConcurrentQueue<(HeldTask Task, TaskCompletion Completion)> _ended = [];
    private int _isSending;
    private volatile bool _isAsking;

    /// <summary>What the executor holds of this partition, completions that were not answered included.</summary>
    public ICollection<HeldTask> Held => _held.Values;

    /// <summary>True while a request for tasks waits for its answer.</summary>
    public bool IsAsking => _isAsking;

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
                await executor.Open.WaitAsync(draining);
                credit = await executor.Credit.TakeAsync(wanted, draining);
                _isAsking = executor.TryBeginRequest();
                if (!_isAsking)
                    continue;
                ImmutableArray<RefusedKind> refused = executor.RefusedKinds();
                TimeSpan patience = refused.IsEmpty ? s_patience : s_refusalPatience;
                ImmutableArray<TaskGrant> grants = await partition.LeaseAsync(
                    new LeaseRequest(executor.Name, credit, refused, patience), CancellationToken.None);
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
                if (credit > 0)
                    executor.Credit.Use(credit, granted);
                if (_isAsking)
                {
                    _isAsking = false;
                    executor.EndRequest();
                }
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

    /// <summary>Heartbeats until the executor has stopped. Each partition by itself: one that does not answer must not silence the others.</summary>
    public async Task HeartbeatsAsync(TimeSpan period, CancellationToken stopped)
    {
        for (int beat = 0; !stopped.IsCancellationRequested; beat++)
        {
            await Task.Delay(period, time, stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (!stopped.IsCancellationRequested && (!_held.IsEmpty || beat % IdleBeats == 0))
                await HeartbeatAsync();
        }
    }

    private async Task HeartbeatAsync()
    {
        try
        {
            ImmutableArray<HeldGrant> toStop = await partition.HeartbeatAsync(executor.Name, [.. Held.Select(held => held.Describe())], executor.Alone);
            foreach (HeldGrant grant in toStop)
            {
                if (_held.TryGetValue((grant.Id, grant.Grant), out HeldTask? held))
                    held.Cancel();
            }
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
            long bytes = batch.Sum(ended => (long)ended.Completion.Output.Length);
            while (batch.Count < MaxBatch && bytes < MaxBatchBytes && _ended.TryDequeue(out (HeldTask Task, TaskCompletion Completion) next))
            {
                batch.Add(next);
                bytes += next.Completion.Output.Length;
            }

            if (batch.Count == 0)
            {
                // A full fence: who adds one looks at the flag after it, and this looks for one after the flag.
                Interlocked.Exchange(ref _isSending, 0);
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
            executor.OnAnswered(batch.Count);
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
