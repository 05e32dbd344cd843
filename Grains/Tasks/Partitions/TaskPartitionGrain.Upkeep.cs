using Gristmill.Storage;
using Microsoft.Extensions.Logging;

namespace Gristmill.Grains.Tasks;

// What the partition does by itself: adoption, the clock, lost executors, the purge.
internal sealed partial class TaskPartitionGrain
{
    private const int MostDueAtOnce = 1_000;
    private const int AdoptedInATurn = 1_000;

    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_purgePeriod = TimeSpan.FromMinutes(1);

    private IGrainTimer? _timer;
    private ReadyReading? _reading;
    private DateTimeOffset _nextLook = DateTimeOffset.MaxValue;
    private long _lastTick;
    private long _purgedAt;
    private long? _elsewhereSince;
    private Task _purge = Task.CompletedTask;

    /// <summary>Reads the partition's live tasks. Those that ran on an executor known to be dead are queued again.</summary>
    private async Task AdoptAsync(CancellationToken cancellationToken)
    {
        int adopted = 0;
        await foreach (StoredTask task in store.EnumerateLiveAsync(_partition, cancellationToken))
        {
            _state.Adopt(task);
            // A turn must not keep its thread for long, and a store may have its rows at hand. No call comes between: the activation is not active yet.
            if (++adopted % AdoptedInATurn == 0)
                await Task.Yield();
        }

        metrics.LiveChanged(_state.Count);

        foreach (ExecutorLease lease in _state.Leases.ToArray())
        {
            // One that is stopping still runs what it holds, also what it has said that it will leave.
            if (cluster.IsDead(ExecutorName.SiloOf(lease.Executor)))
                Lose(lease);
        }
    }

    private void StartUpkeep()
    {
        _lastTick = time.GetTimestamp();
        _reading = metrics.AddReading();
        _reading.Take(_state.Ready);
        _timer = this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(s_tick, s_tick) { Interleave = true });
        SetAlarm();
    }

    /// <summary>Has the timer ring when the next task is due, if that is before it would anyway.</summary>
    private void SetAlarm()
    {
        if (NextAlarm is not { } next || next >= _nextLook)
            return;
        TimeSpan wait = next - time.GetUtcNow();
        if (wait >= s_tick)
            return;
        _nextLook = next;
        _timer?.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, s_tick);
    }

    private DateTimeOffset? NextAlarm =>
        _state.NextAlarm is not { } task ? Schedules.NextAt : Schedules.NextAt is { } schedule && schedule < task ? schedule : task;

    private void OnCommitted()
    {
        SetAlarm();
        DealWithTouchedQueues();
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        _nextLook = DateTimeOffset.MaxValue;
        if (_groups.Lost is not null || TryMove())
            return;
        ForgiveStall();
        ExecutorLease[] silent = [.. _state.Leases.Where(IsSilent)];
        // All of them first: none is to be granted what another has lost.
        foreach (ExecutorLease lease in silent)
            EndPoll(lease);
        foreach (ExecutorLease lease in silent)
            Lose(lease);
        bool isHandled = await HandleDueTasksAsync() & await FireDueSchedulesAsync();
        DealWithQueues();
        _groups.Kick();
        _reading?.Take(_state.Ready);
        // What could not be written waits for the next tick: at once it would fail again.
        if (isHandled)
            SetAlarm();
        if (_partition == 0 && _purge.IsCompleted && time.GetElapsedTime(_purgedAt) > s_purgePeriod)
            _purge = PurgeAsync();
    }

    private bool IsSilent(ExecutorLease lease) =>
        time.GetElapsedTime(lease.SeenAt) > options.Value.LeasePeriod || cluster.IsDead(ExecutorName.SiloOf(lease.Executor));

    /// <summary>
    /// Ends the activation when another silo should have had the partition for some time: the next call, of which executors make one at once, opens it
    /// there. What ran goes on, and is adopted.
    /// </summary>
    private bool TryMove()
    {
        if (!cluster.IsElsewhere(_partition))
        {
            _elsewhereSince = null;
            return false;
        }

        _elsewhereSince ??= time.GetTimestamp();
        if (time.GetElapsedTime(_elsewhereSince.Value) < options.Value.RebalanceDelay)
            return false;
        LogMoving(_partition);
        _groups.Close(new UnavailableException("The partition moves to another silo."));
        End();
        return true;
    }

    /// <summary>What the partition could not hear while it stood still itself is nobody's fault.</summary>
    private void ForgiveStall()
    {
        long now = time.GetTimestamp();
        long stall = now - _lastTick;
        _lastTick = now;
        if (time.GetElapsedTime(now - stall, now) <= 2 * s_tick)
            return;
        foreach (ExecutorLease lease in _state.Leases)
            lease.SeenAt = Math.Min(now, lease.SeenAt + stall);
    }

    /// <returns>False when the store did not take it.</returns>
    private async Task<bool> HandleDueTasksAsync()
    {
        TaskId[] due = [.. _state.DueAt(steps.Now()).Take(MostDueAtOnce).Select(task => task.Id)];
        if (due.Length == 0)
            return true;
        try
        {
            await _groups.WriteAsync(draft =>
            {
                DateTimeOffset now = steps.Now();
                foreach (TaskId id in due)
                {
                    if (draft.Find(id) is not { Progress.State: TaskState.Scheduled or TaskState.Queued } task)
                        continue;
                    if (task.Deadline <= now)
                        draft.Update(task, steps.Expire(task));
                    else if (task.Progress.State == TaskState.Scheduled && task.Progress.DueAt <= now)
                        draft.Update(task, TaskSteps.Ready(task.Progress));
                }

                return true;
            });
            return true;
        }
        catch (GristmillException exception) when (exception.IsTransient)
        {
            // They keep their alarms: the next tick tries again.
            LogUpkeepFailed(exception, _partition);
            return false;
        }
    }

    /// <summary>The executor's tasks are for others; it is forgotten when they are.</summary>
    private void Lose(ExecutorLease lease)
    {
        EndPoll(lease);
        if (lease.Held.Count == 0)
            _state.Forget(lease);
        else
            Requeue([.. lease.Held.Values.Select(GrantOf)], lease.Executor, steps.Lose, "lost with it");
    }

    private static (TaskId Id, long Grant) GrantOf(LiveTask task) => (task.Id, task.Progress.Grant);

    private void Requeue(List<(TaskId Id, long Grant)> grants, string executor, Func<StoredTask, TaskProgress> step, string how)
    {
        _ = RequeueAsync();

        async Task RequeueAsync()
        {
            try
            {
                // Of those that are still out: while a group takes long, the same ones are found missing again.
                int lost = await _groups.WriteAsync(draft =>
                {
                    int running = 0;
                    foreach ((TaskId id, long grant) in grants)
                    {
                        if (draft.Find(id) is not { Progress: { State: TaskState.Running } progress } task || progress.Grant != grant)
                            continue;
                        draft.Update(task, step(task));
                        running++;
                    }

                    return running;
                });
                if (lost == 0)
                    return;
                metrics.GrantsLost(lost);
                LogRequeued(_partition, lost, executor, how);
            }
            catch (GristmillException exception) when (exception.IsTransient)
            {
                // They are still held: the next tick or heartbeat tries again.
                LogUpkeepFailed(exception, _partition);
            }
        }
    }

    private async Task PurgeAsync()
    {
        _purgedAt = time.GetTimestamp();
        DateTimeOffset now = time.GetUtcNow();
        var retention = new TaskRetention(now - options.Value.Retention, now - options.Value.FailedRetention, now - options.Value.KeyRetention);
        try
        {
            TaskId? after = null;
            do
            {
                TaskPurge purge = await store.PurgeAsync(retention, after);
                metrics.Purged(purge.Count);
                after = purge.Next;
            }
            while (after is not null && _groups.Lost is null);
        }
        catch (GristmillException exception)
        {
            LogPurgeFailed(exception);
        }
    }

    [LoggerMessage(3105, LogLevel.Warning, "Task partition {Partition} could not write what its clock asked for; it tries again.")]
    private partial void LogUpkeepFailed(Exception exception, int partition);

    [LoggerMessage(3106, LogLevel.Warning, "Task partition {Partition}: {Count} grants of executor {Executor} were {How}; their tasks are queued again.")]
    private partial void LogRequeued(int partition, int count, string executor, string how);

    [LoggerMessage(3117, LogLevel.Information, "Task partition {Partition} moves to another silo.")]
    private partial void LogMoving(int partition);

    [LoggerMessage(3107, LogLevel.Warning, "Tasks that are over could not be purged; it is tried again.")]
    private partial void LogPurgeFailed(Exception exception);
}
