using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using Gristmill.Crash;
using Gristmill.Grains.Tasks;
using Gristmill.Storage;

namespace Gristmill.Grains.Tests.Tasks.Executors;

/// <summary>
/// Two silos that know nothing of each other have one store, and so each partition has two living activations: the first one's group is on its way
/// when the second one opens the partition, and arrives after it. The epoch keeps it out; without that the crash campaigns' checker goes red.
/// </summary>
[Collection(nameof(TaskExecutorTests))]
public sealed class FenceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task LateGroup_OfAnActivationThatWasTakenOver_ChangesNothing(int seed)
    {
        Verdict verdict = await TakeOverAsync(seed, isFenced: true);
        Assert.True(verdict.IsClean, verdict.Describe());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task LateGroup_WithoutTheFence_IsSeenByTheChecker(int seed)
    {
        Verdict verdict = await TakeOverAsync(seed, isFenced: false);
        Assert.True(verdict.ExecutedMoreThanOnce > 0, verdict.Describe());
    }

    private static async Task<Verdict> TakeOverAsync(int seed, bool isFenced)
    {
        var random = new Random(seed);
        var rows = new MemoryTaskStore();
        var late = new ScriptedTaskStore(rows) { IsFenced = isFenced };
        await using ExecutorCluster first = await ExecutorCluster.StartAsync(late, Configure);
        await using ExecutorCluster second = await ExecutorCluster.StartAsync(new ScriptedTaskStore(rows) { IsFenced = isFenced }, Configure);
        using var log = new DriverLog();
        var executions = new List<Execution>();

        for (int partition = 0; partition < ExecutorCluster.Partitions; partition++)
        {
            var old = new Side(first, partition, log, executions);
            var heir = new Side(second, partition, log, executions);
            NewTask New(string name) => ExecutorCluster.New(partition, "math.add") with { Tags = [name] };
            int count = random.Next(2, 8);
            for (int i = 0; i < count; i++)
                await old.SubmitAsync(New($"p{partition}t{i}"));

            // Grants are on their way to the store, and a submission behind them.
            StorePause group = late.PauseNextCommit(partition);
            Task<ImmutableArray<TaskGrant>> leased = old.LeaseAsync(credit: random.Next(1, count));
            await group.Reached;
            NewTask behind = New($"p{partition}late");
            Task submitted = old.SubmitAsync(behind);
            // A call behind it is answered: so it has come to the activation that is about to lose its partition, and not to one that opens it again.
            await first.Partition(partition).GetAsync(TaskId.New(partition, TimeProvider.System));

            ImmutableArray<TaskGrant> granted = await heir.LeaseAsync(credit: 100);
            heir.Begin(granted);
            group.Release();
            ImmutableArray<TaskGrant> lateGrants = await leased;
            old.Begin(lateGrants);
            await submitted;
            if (!lateGrants.IsEmpty)
                await old.CompleteAsync(lateGrants);
            await heir.CompleteAsync(granted);

            // As a client does that had no answer.
            if (log.Submissions.Single(submission => submission.Name == behind.Tags[0]).Outcome == Outcome.Unknown)
                await heir.SubmitAsync(behind with { IsRepeat = true });
            ImmutableArray<TaskGrant> rest = await heir.LeaseAsync(credit: 100, TimeSpan.Zero);
            heir.Begin(rest);
            await heir.CompleteAsync(rest);
        }

        TaskPage page = await rows.ListAsync(TaskFilter.All, null, 1_000);
        ListedTask[] listed = await Task.WhenAll(page.Tasks.Select(async task => Listed((await rows.ReadAsync(task.Id))!)));
        return Checker.Check(log, executions, listed, seed);
    }

    // The tests are the executors, and nothing depends on time.
    private static void Configure(TaskOptions options)
    {
        options.Execute = false;
        options.LeasePeriod = TimeSpan.FromMinutes(10);
    }

    private static ListedTask Listed(StoredTask task)
    {
        string? token = task.Progress.Output.IsEmpty ? null : JsonElement.Parse(task.Progress.Output.Span).GetProperty("result").GetString();
        string? what = task.Progress.FinishedAt is { } end ? $"{task.Progress.State} {end:O} {token}" : null;
        return new ListedTask(task.Id.ToString(), task.Tags[0], task.Progress.State == TaskState.Succeeded ? "succeeded" : task.Progress.State.ToString(), what, token);
    }

    /// <summary>One of the two activations of a partition, with an executor and a client of its own.</summary>
    private sealed class Side(ExecutorCluster cluster, int partition, DriverLog log, List<Execution> executions)
    {
        private const string Silo = "S127.0.0.1:1:1";

        private readonly TestExecutor _executor = new(cluster.Grains.GetGrain<ITaskLeaseGrain>(partition), Silo);
        private readonly Dictionary<TaskId, string> _tokens = [];

        public async Task SubmitAsync(NewTask task)
        {
            if (!task.IsRepeat)
                log.Submitting(task.Tags[0]);
            try
            {
                TaskId id = await cluster.SubmitAsync(task);
                log.Answered(task.Tags[0], Outcome.Acknowledged, id.ToString());
            }
            catch (GrainCallException exception) when (exception.Error.IsTransient)
            {
                // Its outcome is not known.
            }
        }

        public Task<ImmutableArray<TaskGrant>> LeaseAsync(int credit, TimeSpan? patience = null) => _executor.LeaseAsync(credit, patience);

        /// <summary>Calls the handlers.</summary>
        public void Begin(ImmutableArray<TaskGrant> grants)
        {
            foreach (TaskGrant grant in grants)
            {
                string token = _tokens[grant.Id] = Guid.NewGuid().ToString("N");
                executions.Add(new Execution(grant.Id.ToString(), grant.Attempt, grant.Epoch, Environment.ProcessId, Stopwatch.GetTimestamp(), token));
            }
        }

        /// <summary>Says that they succeeded, until that is answered.</summary>
        public async Task CompleteAsync(ImmutableArray<TaskGrant> grants)
        {
            for (int attempt = 1; !grants.IsEmpty; attempt++)
            {
                try
                {
                    await _executor.CompleteAsync([.. grants.Select(grant => TestExecutor.End(grant) with
                    {
                        Output = JsonSerializer.SerializeToUtf8Bytes(new { result = _tokens[grant.Id] }),
                    })]);
                    return;
                }
                catch (GrainCallException exception) when (exception.Error.IsTransient && attempt < 10)
                {
                    // Repeated, as executors do.
                }
            }
        }
    }
}
