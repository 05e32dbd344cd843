using Gristmill.Grains.Tasks;
using Gristmill.Storage;

namespace Gristmill.Grains.Tests.Tasks;

/// <summary>
/// An executor that loses answers, repeats, fails and forgets, on a partition whose store fails: whatever it does, each task ends once, and its
/// grants go up.
/// </summary>
public sealed class PartitionModelTests(LeaseCluster cluster) : PartitionTest(cluster)
{
    private const int Count = 50;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task EveryTaskEndsOnce_WhateverExecutorAndStoreDo(int seed)
    {
        var random = new Random(seed);
        TaskId[] ids = [.. Enumerable.Range(0, Count).Select(_ => New().Id)];
        foreach (TaskId id in ids)
            await PersistAsync(() => SubmitAsync(New() with { Id = id, MaxAttempts = 100, IsRepeat = true }));
        // One only: another of its silo would take over from it, and one of a silo that is not there is lost when the partition is opened again.
        var executor = new ModelExecutor(LocalExecutor());
        var ended = new HashSet<TaskId>();
        var lastGrants = new Dictionary<TaskId, long>();

        for (int step = 0; ended.Count < Count; step++)
        {
            if (step == 2_000)
                Assert.Fail($"Did not end: {string.Join(", ", await Task.WhenAll(ids.Where(id => !ended.Contains(id)).Select(RowAsync)))}");
            // Less and less goes wrong, so that the end comes.
            bool isRough = step < 200;
            if (isRough && random.Next(6) == 0)
                FailNextCommit(random);
            try
            {
                await executor.Calls.HeartbeatAsync(executor.Held);
                await StepAsync(executor, isRough ? random : null, ended, lastGrants);
            }
            catch (GrainCallException exception) when (exception.Error.IsTransient)
            {
                // As an executor does: the next step tries again.
            }
        }

        foreach (TaskId id in ids)
        {
            TaskProgress row = (await RowAsync(id)).Progress;
            Assert.Equal((TaskState.Succeeded, lastGrants[id]), (row.State, row.Grant));
        }

        Assert.DoesNotContain(CompletionReply.Recorded, await executor.RepeatAllAsync());
    }

    private static async Task StepAsync(
        ModelExecutor executor, Random? random, HashSet<TaskId> ended, Dictionary<TaskId, long> lastGrants)
    {
        // Now and then an answer with grants is lost.
        bool isLost = random?.Next(5) == 0;
        TimeSpan patience = executor.Held.Count > 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(20);
        foreach (TaskGrant grant in await executor.Calls.LeaseAsync(credit: random?.Next(1, 8) ?? 8, patience))
        {
            Assert.False(ended.Contains(grant.Id), $"Task {grant.Id} was granted after its end.");
            Assert.True(grant.Number > lastGrants.GetValueOrDefault(grant.Id), $"Grant {grant.Number} of task {grant.Id} came twice.");
            lastGrants[grant.Id] = grant.Number;
            if (!isLost)
                executor.Held.Add(grant);
        }

        foreach (TaskGrant grant in executor.Held.ToArray())
        {
            // Some are held for a while, so that heartbeats name them.
            if (random?.Next(3) == 0)
                continue;
            GrantEnd end = random?.Next(4) switch
            {
                0 => GrantEnd.Failed,
                1 => GrantEnd.Returned,
                _ => GrantEnd.Succeeded,
            };
            (CompletionReply reply, end) = await executor.CompleteAsync(grant, end);
            if (reply == CompletionReply.Recorded)
            {
                Assert.Equal(lastGrants[grant.Id], grant.Number);
                Assert.False(ended.Contains(grant.Id), $"The end of task {grant.Id} was recorded twice.");
            }

            // Also when only the repeat was answered.
            if (reply != CompletionReply.Refused && end == GrantEnd.Succeeded)
                ended.Add(grant.Id);
        }
    }

    private void FailNextCommit(Random random)
    {
        switch (random.Next(5))
        {
            case 0:
                Store.FailNextCommit(Partition, new StorageUnavailableException("Busy."));
                break;
            case 1:
                Store.FailNextCommit(Partition, new StorageOutcomeUnknownException("No answer."));
                break;
            case 2:
                Store.FailAfterNextCommit(Partition, new StorageOutcomeUnknownException("No answer."));
                break;
            case 3:
                Store.OnNextCommit(Partition, async (_, commit) =>
                {
                    await Store.Inner.OpenPartitionAsync(Partition);
                    await commit();
                });
                break;
            case 4:
                Store.FailAfterNextCommit(Partition, new InvalidOperationException("The store broke."));
                break;
        }
    }

    private static async Task PersistAsync(Func<Task> call)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await call();
                return;
            }
            catch (GrainCallException exception) when (exception.Error.IsTransient && attempt < 10)
            {
                await Task.Yield();
            }
        }
    }

    private sealed class ModelExecutor(TestExecutor calls)
    {
        // What was sent and how: a completion is repeated as it was.
        private readonly Dictionary<(TaskId, long), TaskCompletion> _sent = [];

        public TestExecutor Calls { get; } = calls;

        public List<TaskGrant> Held { get; } = [];

        /// <returns>The answer, and what was sent the first time.</returns>
        public async Task<(CompletionReply Reply, GrantEnd End)> CompleteAsync(TaskGrant grant, GrantEnd end)
        {
            if (!_sent.TryGetValue((grant.Id, grant.Number), out TaskCompletion? completion))
                _sent[(grant.Id, grant.Number)] = completion = TestExecutor.End(grant, end, new TaskError(ErrorCodes.HandlerFailed, "It broke.", IsTransient: false));
            CompletionReply reply = Assert.Single(await Calls.CompleteAsync([completion]));
            Held.Remove(grant);
            return (reply, completion.End);
        }

        public async Task<IEnumerable<CompletionReply>> RepeatAllAsync() => await Calls.CompleteAsync([.. _sent.Values]);
    }
}
