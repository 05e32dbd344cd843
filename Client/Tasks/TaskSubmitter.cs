using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Gristmill.Client.Errors;
using Gristmill.Client.Operations;
using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Tasks;

/// <summary>
/// Brings new tasks to their partitions. A call that is not answered is made again with the same ids, which a partition takes for the same
/// tasks. Safe from any thread.
/// </summary>
internal sealed class TaskSubmitter(TaskPartitions partitions, Readiness readiness, TimeProvider time)
{
    // Each call waits for a commit that others share: a small batch is quicker in one call than spread over all partitions.
    private const int TasksPerCall = 500;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_fullFor = TimeSpan.FromSeconds(1);

    // When a partition last refused a task for want of room.
    private readonly ConcurrentDictionary<int, long> _fullAt = new();

    public async Task<SubmitReply> SubmitAsync(TaskFields fields, string? key, CancellationToken cancellationToken)
    {
        ITaskPartitionGrain[] all = await partitions.AllAsync(cancellationToken);
        int first = key is null ? partitions.Next(all.Length) : TaskPartitions.Of(key, all.Length);
        SubmitReply? reply = null;
        // Without a key it may live in any partition that has room. Those that were full a moment ago are left out: refusing must cost little.
        for (int i = 0; i < all.Length; i++)
        {
            int partition = (first + i) % all.Length;
            if (reply is not null && WasFull(partition))
                continue;
            NewTask task = fields.ToNewTask(TaskId.New(partition, time), key);
            reply = (await SendAsync(all[partition], [task], cancellationToken))[0];
            if (key is not null || reply.Error is not { Code: ErrorCodes.QueueFull })
                break;
            _fullAt[partition] = time.GetTimestamp();
        }

        return reply!;
    }

    /// <summary>Submits many; each is accepted or refused by itself.</summary>
    /// <returns>An answer for each, in order. One whose outcome is not known has an error and the id that it would have.</returns>
    public async Task<SubmitReply[]> SubmitAsync(List<TaskItem> items, string? key, CancellationToken cancellationToken)
    {
        ITaskPartitionGrain[] all = await partitions.AllAsync(cancellationToken);
        int spread = Math.Min(all.Length, 1 + ((items.Count - 1) / TasksPerCall));
        int first = partitions.Next(all.Length);
        var calls = new Call?[all.Length];
        var replies = new SubmitReply[items.Count];
        for (int i = 0; i < items.Count; i++)
        {
            if (items[i].Error is { } wrong)
            {
                replies[i] = new SubmitReply(default, default, wrong);
                continue;
            }

            string? itemKey = key is null ? null : IdempotencyKey.OfItem(key, i);
            int partition = itemKey is null ? (first + (i % spread)) % all.Length : TaskPartitions.Of(itemKey, all.Length);
            Call call = calls[partition] ??= new Call(all[partition], [], []);
            call.Tasks.Add(items[i].Fields.ToNewTask(TaskId.New(partition, time), itemKey));
            call.Places.Add(i);
        }

        await Task.WhenAll(calls.OfType<Call>().Select(call => SubmitAsync(call, replies, cancellationToken)));
        return replies;
    }

    private bool WasFull(int partition) => _fullAt.TryGetValue(partition, out long at) && time.GetElapsedTime(at) <= s_fullFor;

    private async Task SubmitAsync(Call call, SubmitReply[] replies, CancellationToken cancellationToken)
    {
        try
        {
            ImmutableArray<SubmitReply> answers = await SendAsync(call.Partition, [.. call.Tasks], cancellationToken);
            for (int i = 0; i < answers.Length; i++)
                replies[call.Places[i]] = answers[i];
        }
        catch (Exception exception) when (ErrorStatus.IsOfCall(exception))
        {
            // One partition's failure says nothing about the tasks of the others.
            (_, TaskError error) = ErrorStatus.Of(exception, cancellationToken);
            for (int i = 0; i < call.Tasks.Count; i++)
                replies[call.Places[i]] = new SubmitReply(call.Tasks[i].Id, default, error);
        }
    }

    private async Task<ImmutableArray<SubmitReply>> SendAsync(
        ITaskPartitionGrain partition, ImmutableArray<NewTask> tasks, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        try
        {
            return await partition.SubmitAsync(tasks, cancellationToken);
        }
        catch (Exception exception) when (ErrorStatus.IsUnanswered(exception))
        {
            (_, TaskError error) = ErrorStatus.Of(exception, cancellationToken);
            return await RepeatAsync(partition, tasks, error, start, cancellationToken);
        }
    }

    /// <summary>
    /// Sends tasks again that may have been accepted, until it is known whether they are. A refusal that may pass says nothing of the call that was not
    /// answered: that may still be on its way.
    /// </summary>
    private async Task<ImmutableArray<SubmitReply>> RepeatAsync(
        ITaskPartitionGrain partition, ImmutableArray<NewTask> tasks, TaskError error, long start, CancellationToken cancellationToken)
    {
        var replies = new SubmitReply[tasks.Length];
        int[] inDoubt = [.. Enumerable.Range(0, tasks.Length)];
        while (inDoubt.Length > 0 && time.GetElapsedTime(start) <= s_patience && !readiness.Stopping.IsCancellationRequested)
        {
            await Task.Delay(s_pause, time, cancellationToken);
            try
            {
                ImmutableArray<SubmitReply> answers =
                    await partition.SubmitAsync([.. inDoubt.Select(i => tasks[i] with { IsRepeat = true })], cancellationToken);
                for (int i = 0; i < answers.Length; i++)
                    replies[inDoubt[i]] = answers[i];
                inDoubt = Array.FindAll(inDoubt, i => replies[i].Error is { IsTransient: true });
                error = inDoubt.Length > 0 ? replies[inDoubt[0]].Error! : error;
            }
            catch (Exception exception) when (ErrorStatus.IsOfCall(exception))
            {
                (_, error) = ErrorStatus.Of(exception, cancellationToken);
            }
        }

        Array.ForEach(inDoubt, i => replies[i] = MayBeAccepted(tasks[i].Id, error));
        return ImmutableCollectionsMarshal.AsImmutableArray(replies);
    }

    private static SubmitReply MayBeAccepted(TaskId id, TaskError error) => new(id, default, error with
    {
        // Whatever else a code says, it would say that nothing was kept.
        IsTransient = true,
        Code = error.Code == ErrorCodes.Timeout ? ErrorCodes.Timeout : ErrorCodes.Unavailable,
        Message = $"Task {id} may have been accepted: there was no answer in time. Ask for it by its id, or send it again with the same Idempotency-Key if it had one.",
    });

    private sealed record Call(ITaskPartitionGrain Partition, List<NewTask> Tasks, List<int> Places);
}
