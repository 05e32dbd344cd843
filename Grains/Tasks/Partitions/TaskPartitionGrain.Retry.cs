using System.Collections.Immutable;
using Gristmill.Storage;

namespace Gristmill.Grains.Tasks;

// Tasks that are over are made again.
internal sealed partial class TaskPartitionGrain
{
    // Of one retry of many tasks.
    private const long MaxRetryBytes = 4 << 20;
    private const int MaxRetryReads = 16;

    // Half of what a gateway waits for an answer: one that gives up asks again, and what was not told to it is done twice.
    private static readonly TimeSpan s_maxRetryTime = TimeSpan.FromSeconds(5);

    public async Task<ImmutableArray<TaskReply>> RetryAsync(ImmutableArray<TaskId> ids, CancellationToken cancellationToken = default)
    {
        foreach (TaskId id in ids)
            ThrowUnlessOurs(id);
        long start = time.GetTimestamp();
        IReadOnlyDictionary<TaskId, StoredTask> rows = await store.DescribeManyAsync(ids, cancellationToken);
        var replies = new TaskReply[ids.Length];
        for (int i = 0; i < ids.Length; i++)
            replies[i] = new TaskReply(ids[i], rows.GetValueOrDefault(ids[i])?.Progress.State, Done: false);
        (int Index, StoredTask Task)[] over =
            [.. Enumerable.Range(0, ids.Length).Where(i => replies[i].State?.IsTerminal() == true).Select(i => (i, rows[ids[i]]))];
        for (int done = 0; done < over.Length;)
        {
            Span<(int Index, StoredTask Task)> rest = over.AsSpan(done);
            (int Index, StoredTask Task)[] slice = rest[..RetrySlice(rest)].ToArray();
            try
            {
                // What was done must be told before the call is given up.
                if (done > 0 && time.GetElapsedTime(start) > s_maxRetryTime)
                    throw new UnavailableException("The store is slow: call again for the rest.");
                await RetryAsync(slice, replies).WaitAsync(cancellationToken);
            }
            catch (GristmillException failure) when (done > 0)
            {
                foreach ((int index, _) in over[done..])
                    replies[index] = replies[index] with { Error = failure.ToError() };
                break;
            }

            done += slice.Length;
        }

        return [.. replies];
    }

    /// <summary>How many of the tasks are read and written at once: their inputs are in memory meanwhile, and perhaps long outputs with them.</summary>
    private static int RetrySlice(ReadOnlySpan<(int Index, StoredTask Task)> over)
    {
        long bytes = 0;
        int cut = 0;
        for (int count = 0; count < over.Length; count++)
        {
            StoredTask task = over[count].Task;
            bytes += task.InputLength;
            cut += task.HasInput ? 0 : 1;
            if (count > 0 && (bytes > MaxRetryBytes || cut > MaxRetryReads))
                return count;
        }

        return over.Length;
    }

    private async Task RetryAsync((int Index, StoredTask Task)[] over, TaskReply[] replies)
    {
        await retries.EnterAsync();
        try
        {
            await RetrySliceAsync(over, replies);
        }
        finally
        {
            retries.Exit();
        }
    }

    private async Task RetrySliceAsync((int Index, StoredTask Task)[] over, TaskReply[] replies)
    {
        using PendingSubmission? room = TryReserve(over.Length, over.Sum(old => (long)old.Task.InputLength));
        if (room is null)
        {
            foreach ((int index, _) in over)
                replies[index] = replies[index] with { Error = Full() };
            return;
        }

        IReadOnlyDictionary<TaskId, StoredTask> rows = await ReadLongInputsAsync(over.Select(old => old.Task));
        var again = new List<(int Index, StoredTask Task)>(over.Length);
        foreach ((int index, StoredTask old) in over)
        {
            if (old.HasInput)
                again.Add((index, Again(old)));
            else if (rows.TryGetValue(old.Id, out StoredTask? row))
                again.Add((index, Again(row)));
            else
                // Purged meanwhile.
                replies[index] = replies[index] with { State = null };
        }

        var submitted = new SubmitReply[replies.Length];
        await _groups.WriteAsync(draft => Submit(draft, again, submitted));
        foreach ((int index, _) in again)
        {
            SubmitReply made = submitted[index];
            replies[index] = made.Error is { } error
                ? replies[index] with { Error = error }
                : new TaskReply(made.Id, made.State, Done: true);
        }
    }

    /// <summary>The rows of those whose input is too long to be kept with them.</summary>
    private async ValueTask<IReadOnlyDictionary<TaskId, StoredTask>> ReadLongInputsAsync(IEnumerable<StoredTask> tasks)
    {
        TaskId[] ids = [.. tasks.Where(task => !task.HasInput).Select(task => task.Id)];
        return ids.Length == 0 ? ImmutableDictionary<TaskId, StoredTask>.Empty : await store.ReadManyAsync(ids);
    }

    private StoredTask Again(StoredTask old) => old with
    {
        Id = TaskId.New(_partition, time),
        RetryOf = old.Id,
        Deadline = null,
        IdempotencyKey = null,
        BodyHash = default,
        Progress = new TaskProgress { State = TaskState.Queued, DueAt = steps.Now() },
    };
}
