using System.Collections.Immutable;
using Gristmill.Storage;
using Microsoft.Extensions.Logging;

namespace Gristmill.Grains.Tasks;

/// <summary>
/// Commits a partition's changes in groups: one is under way at a time, and what arrives meanwhile is the next one. Operations are decided when
/// their group is put together, in the order in which they arrived, on what is committed and what the group has changed so far; memory changes and
/// answers go out after the commit. Used within the partition's turns.
/// </summary>
internal sealed partial class GroupWriter(
    ITaskStore store, int partition, PartitionPosition position, PartitionState state, TaskSteps steps, TaskMetrics metrics, TimeProvider time, ILogger logger)
{
    // Beyond this a commit would keep others waiting; the rest is the next group.
    private const int MaxChanges = 2_000;

    private static readonly TimeSpan s_settlePause = TimeSpan.FromMilliseconds(100);

    private readonly Queue<Operation> _pending = [];
    private readonly HashSet<LeasePoll> _polls = [];
    private PartitionPosition _position = position;
    private Task _underWay = Task.CompletedTask;
    private bool _isRunning;
    private bool _isInDoubt;

    // Tasks that the next group is told of: found to be over where a group was going to insert them.
    private ImmutableDictionary<TaskId, StoredTask> _over = ImmutableDictionary<TaskId, StoredTask>.Empty;
    private Exception? _lost;

    /// <summary>Called when the partition is not ours any more, or memory and store may differ: the activation must end.</summary>
    public required Action OnLost { get; init; }

    /// <summary>Called after each group that was stored.</summary>
    public required Action OnCommitted { get; init; }

    /// <summary>Why nothing can be written any more; null while it can.</summary>
    public Exception? Lost => _lost;

    public int Epoch => (int)_position.Epoch;

    /// <summary>Completes when the groups under way have ended and nothing is pending.</summary>
    public Task Idle => _underWay;

    /// <summary>Has <paramref name="decide"/> called for one of the next groups, and answers what it returned when that group is stored.</summary>
    /// <param name="decide">
    /// Throws, if at all, before it changes anything. May be called again for another group: what it notes beside the draft must bear that.
    /// </param>
    /// <exception cref="StorageUnavailableException">Nothing of the group was stored.</exception>
    /// <exception cref="UnavailableException">The partition is not ours any more; whether the group was stored is not known.</exception>
    public Task<TResult> WriteAsync<TResult>(Func<GroupDraft, TResult> decide)
    {
        ThrowIfLost();
        // Nobody knows how long: what waits for it must not grow.
        if (_isInDoubt)
            throw new StorageUnavailableException($"Task partition {partition} waits for its store to say what it has stored.");
        var operation = new Operation<TResult>(decide);
        _pending.Enqueue(operation);
        Kick();
        return operation.Result;
    }

    /// <summary>An executor waits for tasks.</summary>
    public void Add(LeasePoll poll)
    {
        _polls.Add(poll);
        Kick();
    }

    public void Remove(LeasePoll poll) => _polls.Remove(poll);

    /// <summary>Puts the next group together if none is under way.</summary>
    public void Kick()
    {
        if (_isRunning || _lost is not null)
            return;
        _isRunning = true;
        _underWay = RunAsync();
    }

    /// <summary>Takes no more operations and refuses those that wait.</summary>
    public void Close(Exception reason)
    {
        _lost ??= reason;
        while (_pending.TryDequeue(out Operation? operation))
            operation.Fail(Refusal());
        // Those with grants in a group under way are answered by its end.
        foreach (LeasePoll poll in _polls.Where(poll => !_isRunning || !poll.IsServed))
            poll.SetAnswer([]);
    }

    public void ThrowIfLost()
    {
        if (_lost is not null)
            throw Refusal();
    }

    private UnavailableException Refusal() => new($"Task partition {partition} is being opened again.", _lost);

    private async Task RunAsync()
    {
        var operations = new List<Operation>();
        try
        {
            bool goesOn = true;
            while (goesOn && _lost is null)
            {
                operations.Clear();
                goesOn = await RunGroupAsync(Put(operations), operations);
            }
        }
        catch (Exception exception)
        {
            if (exception is PartitionFencedException)
                metrics.GroupFenced();
            LogLost(exception, partition);
            Close(exception);
            foreach (Operation operation in operations)
                operation.Fail(Refusal());
            OnLost();
        }
        finally
        {
            _isRunning = false;
            if (_lost is not null)
                Close(_lost);
        }
    }

    /// <returns>Whether there may be another group to put together now.</returns>
    private async Task<bool> RunGroupAsync(GroupDraft draft, List<Operation> operations)
    {
        if (!draft.IsEmpty)
        {
            var group = new TaskGroup(partition, _position.Epoch, _position.Sequence + 1, draft.Changes()) { Schedules = draft.ScheduleChanges() };
            long start = time.GetTimestamp();
            try
            {
                PassBefore(draft);
                await CommitAsync(group);
                PassAfter(draft);
            }
            catch (StorageUnavailableException exception)
            {
                // A known outcome: memory is right, and whoever asked may ask again.
                LogGroupFailed(exception, partition, draft.Rows.Count);
                draft.Undo();
                EndAbandoned(draft);
                foreach (Operation operation in operations)
                    operation.Fail(exception);
                // Where only executors wait, the next look at the clock tries again: not at once.
                return _pending.Count > 0;
            }
            catch (InvalidOperationException) when (draft.InsertCount > 0)
            {
                // Nothing was stored. Somebody may have sent a task again that is over: memory does not know those.
                IReadOnlyDictionary<TaskId, StoredTask> found = await store.DescribeManyAsync(draft.Inserted);
                if (found.Count == 0 || found.Values.Any(task => !task.Progress.State.IsTerminal()))
                    throw;
                _over = draft.Over.AddRange(found);
                draft.Undo();
                EndAbandoned(draft);
                PutBack(operations);
                return true;
            }

            _position = _position with { Sequence = group.Sequence };
            Apply(draft, group, time.GetElapsedTime(start));
        }

        // Also what changed nothing: it rests on what was stored before.
        foreach (Operation operation in operations)
            operation.Answer();
        return !draft.IsEmpty || _pending.Count > 0;
    }

    private void Apply(GroupDraft draft, TaskGroup group, TimeSpan elapsed)
    {
        foreach (ScheduleChange change in group.Schedules)
            state.Schedules.Apply(change);
        int before = state.Count;
        foreach (StoredTask row in draft.Rows)
        {
            state.Apply(row);
            if (row.Progress.State.IsTerminal())
                metrics.Finished(row.Progress.State);
        }

        metrics.LiveChanged(state.Count - before);
        metrics.GroupCommitted(draft, elapsed);
        AnswerPolls(draft);
        OnCommitted();
    }

    private GroupDraft Put(List<Operation> operations)
    {
        var draft = new GroupDraft(state, steps, _over);
        _over = ImmutableDictionary<TaskId, StoredTask>.Empty;
        while (draft.Rows.Count < MaxChanges && _pending.TryDequeue(out Operation? operation))
        {
            int before = draft.Rows.Count;
            if (operation.TryDecide(draft))
                operations.Add(operation);
            else if (draft.Rows.Count > before)
                throw new InvalidOperationException("An operation failed after it had changed something.");
        }

        draft.Dispatch(_polls, MaxChanges);
        return draft;
    }

    /// <summary>The operations are decided again, before all others.</summary>
    private void PutBack(List<Operation> operations)
    {
        Operation[] all = [.. operations, .. _pending];
        _pending.Clear();
        foreach (Operation operation in all)
            _pending.Enqueue(operation);
    }

    private async Task CommitAsync(TaskGroup group)
    {
        while (true)
        {
            try
            {
                await store.CommitAsync(group);
                return;
            }
            catch (StorageOutcomeUnknownException exception)
            {
                LogSettling(exception, partition, group.Sequence);
                PartitionPosition actual = await SettleAsync();
                if (actual == new PartitionPosition(group.Epoch, group.Sequence))
                    return;
                var expected = new PartitionPosition(group.Epoch, group.Sequence - 1);
                if (actual != expected)
                    throw new PartitionFencedException(partition, expected, actual);
            }
        }
    }

    /// <summary>Reads where the partition stands, however long it takes: until then nothing can be answered.</summary>
    private async Task<PartitionPosition> SettleAsync()
    {
        while (true)
        {
            ThrowIfLost();
            try
            {
                PartitionPosition position = await store.ReadPositionAsync(partition);
                _isInDoubt = false;
                return position;
            }
            catch (GristmillException exception) when (exception.Code == ErrorCodes.StorageUnavailable)
            {
                _isInDoubt = true;
                await Task.Delay(s_settlePause, time);
            }
        }
    }

    private void AnswerPolls(GroupDraft draft)
    {
        foreach (IGrouping<LeasePoll, GrantedTask> granted in draft.Grants.GroupBy(grant => grant.Poll))
        {
            _polls.Remove(granted.Key);
            granted.Key.SetAnswer([.. granted]);
        }
    }

    /// <summary>Requests whose patience was over while the group was under way have waited long enough.</summary>
    private void EndAbandoned(GroupDraft draft)
    {
        foreach (LeasePoll poll in draft.Grants.Select(grant => grant.Poll).Where(poll => poll.Lease.Poll != poll))
        {
            _polls.Remove(poll);
            poll.SetAnswer([]);
        }
    }

    private static void PassBefore(GroupDraft draft)
    {
        if (draft.InsertCount > 0)
            Failpoints.Pass(Failpoints.BeforeEnqueueCommit);
        if (draft.Grants.Count > 0)
            Failpoints.Pass(Failpoints.BeforeLeaseCommit);
        if (draft.CompletionCount > 0)
            Failpoints.Pass(Failpoints.BeforeCompleteCommit);
    }

    private static void PassAfter(GroupDraft draft)
    {
        if (draft.InsertCount > 0)
            Failpoints.Pass(Failpoints.AfterEnqueueCommit);
        if (draft.Grants.Count > 0)
            Failpoints.Pass(Failpoints.AfterLeaseCommit);
        if (draft.CompletionCount > 0)
            Failpoints.Pass(Failpoints.AfterCompleteCommit);
    }

    [LoggerMessage(3101, LogLevel.Warning, "Task partition {Partition}: a group of {Count} changes was not stored.")]
    private partial void LogGroupFailed(Exception exception, int partition, int count);

    [LoggerMessage(3102, LogLevel.Warning, "Task partition {Partition}: nobody knows whether group {Sequence} was stored; asking.")]
    private partial void LogSettling(Exception exception, int partition, long sequence);

    [LoggerMessage(3103, LogLevel.Warning, "Task partition {Partition} has to be opened again.")]
    private partial void LogLost(Exception exception, int partition);

    private abstract class Operation
    {
        /// <summary>False when the decision failed; the operation has been answered so.</summary>
        public abstract bool TryDecide(GroupDraft draft);

        public abstract void Answer();

        public abstract void Fail(Exception exception);
    }

    private sealed class Operation<TResult>(Func<GroupDraft, TResult> decide) : Operation
    {
        private readonly TaskCompletionSource<TResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TResult _decision = default!;

        public Task<TResult> Result => _result.Task;

        public override bool TryDecide(GroupDraft draft)
        {
            try
            {
                _decision = decide(draft);
                return true;
            }
            catch (Exception exception)
            {
                _result.SetException(exception);
                return false;
            }
        }

        public override void Answer() => _result.SetResult(_decision);

        public override void Fail(Exception exception) => _result.SetException(exception);
    }
}
