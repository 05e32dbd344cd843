using System.Collections.Immutable;
using Gristmill.Storage;
using Microsoft.Extensions.Logging;

namespace Gristmill.Grains.Tasks;

// What executors call.
internal sealed partial class TaskPartitionGrain
{
    // Heartbeats in a row that must not name a grant before it counts as never received: the first may have been sent before it came.
    private const int MostMissedHeartbeats = 2;

    private static readonly TimeSpan s_maxLeasePatience = TimeSpan.FromSeconds(10);

    public async Task<ImmutableArray<TaskGrant>> LeaseAsync(LeaseRequest request, CancellationToken cancellationToken = default)
    {
        _groups.ThrowIfLost();
        // One that was voted out, and has not noticed: what it was granted would be given to others at once.
        if (cluster.IsDead(ExecutorName.SiloOf(request.Executor)))
            throw new UnavailableException($"The silo of executor {request.Executor} was voted out of the cluster.");
        ExecutorLease lease = Hear(request.Executor);
        EndPoll(lease);
        var poll = new LeasePoll(lease, request);
        lease.Begin(poll, request.RefusedKinds, time.GetTimestamp());
        _groups.Add(poll);
        TimeSpan patience = request.Patience < s_maxLeasePatience ? request.Patience : s_maxLeasePatience;
        try
        {
            if (!await WaitForAsync(poll.Answer, patience, cancellationToken))
                EndPoll(lease);
        }
        catch (OperationCanceledException)
        {
            EndPoll(lease);
        }

        // A group under way may hold grants for it: then it is answered by that group.
        IReadOnlyList<GrantedTask> granted = await poll.Answer;
        lease.Deliveries++;
        try
        {
            return await GrantsOfAsync(granted);
        }
        finally
        {
            lease.Deliveries--;
        }
    }

    public async Task<ImmutableArray<CompletionReply>> CompleteAsync(string executor, ImmutableArray<TaskCompletion> completions)
    {
        _groups.ThrowIfLost();
        foreach (TaskCompletion completion in completions)
            ThrowUnlessOurs(completion.Id);
        Hear(executor);
        var replies = new CompletionReply?[completions.Length];
        await _groups.WriteAsync(draft =>
        {
            for (int i = 0; i < completions.Length; i++)
            {
                TaskCompletion completion = completions[i];
                if (draft.Find(completion.Id) is not { } task)
                    continue;
                replies[i] = ReplyFor(task.Progress, completion.Grant);
                if (replies[i] != CompletionReply.Recorded)
                    continue;
                draft.Update(task, steps.Complete(task, completion));
                draft.CompletionCount++;
            }

            return true;
        });

        if (replies.Contains(null))
            await AskStoreAsync(completions, replies);
        foreach (CompletionReply? reply in replies)
        {
            if (reply == CompletionReply.Refused)
                metrics.CompletionRefused();
        }

        Failpoints.Pass(Failpoints.BeforeAcknowledge);
        return [.. replies.Select(reply => reply!.Value)];
    }

    public Task<ImmutableArray<HeldGrant>> HeartbeatAsync(string executor, ImmutableArray<HeldGrant> held, TaskId? alone = null)
    {
        _groups.ThrowIfLost();
        ExecutorLease lease = Hear(executor);
        lease.Alone = alone;
        ImmutableArray<HeldGrant>.Builder toStop = ImmutableArray.CreateBuilder<HeldGrant>();
        var named = new HashSet<TaskId>(held.Length);
        foreach (HeldGrant grant in held)
        {
            // By the grant, which is the executor's also after it has said that it leaves.
            if (_state.TryGet(grant.Id, out LiveTask? task) && task.Holder is { } holder && task.Progress.Grant == grant.Grant)
            {
                holder.SeenAt = lease.SeenAt;
                named.Add(grant.Id);
                task.MissedHeartbeats = 0;
                task.Report(grant.Progress);
                if (task.Progress.CancelRequested)
                    toStop.Add(grant);
            }
            else
            {
                // Recorded, or given to somebody else: its handler works for nobody.
                toStop.Add(grant);
            }
        }

        List<(TaskId, long)>? missed = null;
        foreach (LiveTask task in lease.Held.Values)
        {
            if (!named.Contains(task.Id) && lease.Deliveries == 0 && ++task.MissedHeartbeats >= MostMissedHeartbeats)
                (missed ??= []).Add(GrantOf(task));
        }

        if (missed is not null)
            Requeue(missed, lease.Executor, steps.Miss, "never received");
        return Task.FromResult(toStop.ToImmutable());
    }

    public async Task LeaveAsync(string executor, ImmutableArray<HeldGrant> held)
    {
        _groups.ThrowIfLost();
        EndPoll(Hear(executor));
        if (held.IsEmpty)
            return;
        await _groups.WriteAsync(draft =>
        {
            foreach (HeldGrant grant in held)
            {
                if (draft.Find(grant.Id) is { Progress: { State: TaskState.Running } progress } task
                    && progress.Grant == grant.Grant && progress.Executor == executor)
                {
                    draft.Update(task, TaskSteps.Leave(progress));
                }
            }

            return true;
        });
    }

    /// <summary>Answers for tasks that are over by now: whether the grant is what ended it, only the row knows.</summary>
    private async Task AskStoreAsync(ImmutableArray<TaskCompletion> completions, CompletionReply?[] replies)
    {
        TaskId[] over = [.. completions.Select(completion => completion.Id).Where((_, i) => replies[i] is null)];
        IReadOnlyDictionary<TaskId, StoredTask> rows = await store.DescribeManyAsync(over);
        for (int i = 0; i < replies.Length; i++)
        {
            if (replies[i] is not null)
                continue;
            StoredTask? task = rows.GetValueOrDefault(completions[i].Id);
            if (task?.Progress.State.IsTerminal() == false)
                throw new UnavailableException($"Task {task.Id} is known to another activation of its partition.");
            replies[i] = task is null ? CompletionReply.Refused : ReplyFor(task.Progress, completions[i].Grant);
        }
    }

    private static CompletionReply ReplyFor(TaskProgress progress, long grant) =>
        progress.Grant != grant ? CompletionReply.Refused
        : progress.State == TaskState.Running ? CompletionReply.Recorded
        // The task waits again or is over: this grant's end was recorded, or it was taken back.
        : progress.Executor is null ? CompletionReply.Refused
        : CompletionReply.AlreadyRecorded;

    /// <summary>Notes that the executor lives, and with it what it is going to leave. Another life of the same silo's executor does not.</summary>
    private ExecutorLease Hear(string executor)
    {
        ExecutorLease lease = _state.Hear(executor, out bool isNew);
        if (isNew)
        {
            string silo = ExecutorName.SiloOf(executor);
            string left = executor + TaskSteps.LeftMark;
            ExecutorLease[] before =
                [.. _state.Leases.Where(other => other != lease && other.Executor != left && ExecutorName.SiloOf(other.Executor) == silo)];
            foreach (ExecutorLease other in before)
                Lose(other);
        }

        return lease;
    }

    /// <summary>Answers the executor's waiting request with nothing, unless a group under way is going to answer it.</summary>
    private void EndPoll(ExecutorLease lease)
    {
        if (lease.Poll is not { } poll)
            return;
        lease.EndPoll();
        if (poll.IsServed)
            return;
        _groups.Remove(poll);
        poll.SetAnswer([]);
    }

    private async ValueTask<ImmutableArray<TaskGrant>> GrantsOfAsync(IReadOnlyList<GrantedTask> granted)
    {
        IReadOnlyDictionary<TaskId, StoredTask>? rows = await TryReadLongInputsAsync(granted);
        ImmutableArray<TaskGrant>.Builder grants = ImmutableArray.CreateBuilder<TaskGrant>(granted.Count);
        foreach ((StoredTask task, _) in granted)
        {
            if (!task.HasInput && rows is null)
                continue;
            ReadOnlyMemory<byte> input = task.HasInput ? task.Input : rows![task.Id].Input;
            TaskProgress progress = task.Progress;
            grants.Add(new TaskGrant(
                task.Id,
                progress.Grant,
                task.Kind,
                input,
                task.Format,
                task.Priority,
                progress.Failures + 1,
                task.Timeout,
                task.Deadline,
                Alone: progress.Crashes > 0,
                _groups.Epoch));
        }

        return grants.DrainToImmutable();
    }

    /// <summary>Null when the store cannot give them now.</summary>
    private async ValueTask<IReadOnlyDictionary<TaskId, StoredTask>?> TryReadLongInputsAsync(IReadOnlyList<GrantedTask> granted)
    {
        try
        {
            return await ReadLongInputsAsync(granted.Select(grant => grant.Task));
        }
        catch (StorageUnavailableException exception)
        {
            // The grants beside them are delivered. Heartbeats will not name these: so they are given out again.
            LogInputsNotRead(exception, _partition, granted.Count(grant => !grant.Task.HasInput));
            return null;
        }
    }

    [LoggerMessage(3118, LogLevel.Warning, "Task partition {Partition}: the inputs of {Tasks} tasks could not be read; they are granted again.")]
    private partial void LogInputsNotRead(Exception exception, int partition, int tasks);
}
