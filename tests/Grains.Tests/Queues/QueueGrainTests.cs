using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using Gristmill.Grains.Queues;
using Gristmill.Grains.Tasks;
using Gristmill.Grains.Tests.Tasks;

namespace Gristmill.Grains.Tests.Queues;

[Collection(nameof(GrainCluster))]
public sealed class QueueGrainTests(GrainCluster cluster)
{
    private const int Partitions = 8;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task MaxConcurrency_OverAllPartitions_IsReachedAndNeverPassed()
    {
        string queue = NewQueue();
        GatedKind.Gate gate = GatedKind.At(queue);
        await Queue(queue).PutAsync(new QueueLimits(MaxConcurrency: 3));
        TaskId[] tasks = await SubmitAsync(queue, 24);

        await gate.ArrivedAsync(3);
        QueueInfo busy = await Queue(queue).GetAsync();
        Assert.Equal((21, 3), (busy.Ready, busy.Running));
        Assert.NotNull(busy.OldestReadyAt);
        TaskInfo[] states = await GetAllAsync(tasks);
        Assert.All(states.Where(task => task.State == TaskState.Queued), task => Assert.Contains($"'{queue}' may run 3 at once", task.WaitReason, StringComparison.Ordinal));

        for (int started = 3; started < 24; started++)
        {
            gate.Open(1);
            await gate.ArrivedAsync(1);
        }

        gate.Open(3);
        await EndAsync(tasks);
        Assert.Equal(3, gate.MostInside);
        QueueInfo idle = await Queue(queue).GetAsync();
        Assert.Equal((0, 0, null), (idle.Ready, idle.Running, idle.OldestReadyAt));
    }

    [Fact]
    public async Task PausedQueue_StartsNothing_AndSaysSo_UntilItIsResumed()
    {
        string queue = NewQueue(), other = NewQueue();
        GatedKind.At(queue).Open(5);
        GatedKind.At(other).Open(5);
        Assert.True((await Queue(queue).PauseAsync()).Settings.IsPaused);
        TaskId[] paused = await SubmitAsync(queue, 5);

        await EndAsync(await SubmitAsync(other, 5));
        Assert.All(await GetAllAsync(paused), task => Assert.Equal((TaskState.Queued, $"The queue '{queue}' is paused."), (task.State, task.WaitReason)));
        ImmutableArray<QueueInfo> all = await cluster.Grains.GetGrain<IQueueListGrain>(0).ListAsync();
        QueueInfo listed = Assert.Single(all, info => info.Settings.Name == queue);
        Assert.Equal((true, 5L), (listed.Settings.IsPaused, listed.Ready));

        await Queue(queue).ResumeAsync();
        await EndAsync(paused);
    }

    [Fact]
    public async Task KeyAtItsLimit_LeavesOtherKeysAlone()
    {
        string queue = NewQueue(), free = NewQueue();
        await Queue(queue).PutAsync(new QueueLimits(MaxConcurrencyPerKey: 1));
        GatedKind.Gate gate = GatedKind.At(queue);
        TaskId[] busy = await SubmitAsync(queue, 10, key: "busy");
        await gate.ArrivedAsync(1);

        GatedKind.At(free).Open(8);
        await EndAsync(await SubmitAsync(queue, 8, key: "other", gate: free));
        Assert.Equal(1, gate.Inside);
        Assert.Equal(1, GatedKind.At(free).MostInside);

        gate.Open(10);
        await EndAsync(busy);
        Assert.Equal(1, gate.MostInside);
    }

    [Fact]
    public async Task Rate_IsKeptWithinEverySpanOfAPeriod()
    {
        string queue = NewQueue();
        var rate = new RateLimit(5, TimeSpan.FromSeconds(1));
        await Queue(queue).PutAsync(new QueueLimits(Rate: rate));
        GatedKind.At(queue).Open(17);

        TaskId[] tasks = await SubmitAsync(queue, 17);
        await EndAsync(tasks);

        DateTimeOffset[] starts = [.. (await GetAllAsync(tasks)).Select(task => task.StartedAt!.Value).Order()];
        for (int i = rate.Limit; i < starts.Length; i++)
            Assert.True(starts[i] - starts[i - rate.Limit] >= rate.Period, $"{rate.Limit + 1} tasks within {starts[i] - starts[i - rate.Limit]}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task QueueWithARate_ThatHasBeenIdle_NeedNotRestForAPeriod(bool byKey)
    {
        string queue = NewQueue();
        var rate = new RateLimit(5, TimeSpan.FromHours(1));
        await Queue(queue).PutAsync(byKey ? new QueueLimits(RatePerKey: rate) : new QueueLimits(Rate: rate));
        GatedKind.At(queue).Open(2);
        await EndAsync(await SubmitAsync(queue, 1, key: "key"));

        await cluster.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);

        await EndAsync(await SubmitAsync(queue, 1, key: "key"));
    }

    [Fact]
    public async Task LimitThatIsTakenAway_LetsEverythingRun_AndOneThatComesLaterCountsWhatRuns()
    {
        string queue = NewQueue();
        GatedKind.Gate gate = GatedKind.At(queue);
        await Queue(queue).PutAsync(new QueueLimits(MaxConcurrency: 1));
        TaskId[] tasks = await SubmitAsync(queue, 4);
        await gate.ArrivedAsync(1);

        await Queue(queue).PutAsync(new QueueLimits());
        await gate.ArrivedAsync(3);
        QueueInfo limited = await Queue(queue).PutAsync(new QueueLimits(MaxConcurrency: 2));
        Assert.Equal(4, limited.Running);
        TaskId[] more = await SubmitAsync(queue, 2);
        gate.Open(2);
        gate.Open(1);
        await gate.ArrivedAsync(1);
        Assert.True(gate.Inside <= 2, $"{gate.Inside} run.");

        gate.Open(3);
        await EndAsync([.. tasks, .. more]);
    }

    [Fact]
    public async Task PartitionOpenedAgain_CountsWhatRuns()
    {
        const int Partition = 5;
        string queue = NewQueue(), other = NewQueue();
        GatedKind.Gate gate = GatedKind.At(queue);
        await Queue(queue).PutAsync(new QueueLimits(MaxConcurrency: 1));
        TaskId[] first = [.. await SubmitAsync(queue, 1, partition: Partition)];
        await gate.ArrivedAsync(1);
        TaskId[] tasks = [.. first, .. await SubmitAsync(queue, 1, partition: Partition)];

        await GrainCluster.TaskStore.OpenPartitionAsync(Partition);
        await Assert.ThrowsAsync<GrainCallException>(() => SubmitAsync(other, 1, partition: Partition));
        GatedKind.At(other).Open(1);
        await EndAsync(await SubmitAsync(other, 1, partition: Partition));

        TaskInfo[] states = await GetAllAsync(tasks);
        Assert.Equal([TaskState.Running, TaskState.Queued], states.Select(task => task.State));
        Assert.Contains("may run 1 at once", states[1].WaitReason, StringComparison.Ordinal);
        gate.Open(2);
        await EndAsync(tasks);
        Assert.Equal(1, gate.MostInside);
    }

    [Fact]
    public async Task ConcurrencyAndRate_Together_AreNoSlowerThanTheRate()
    {
        string queue = NewQueue();
        await Queue(queue).PutAsync(new QueueLimits(MaxConcurrency: 2, Rate: new RateLimit(200, TimeSpan.FromSeconds(1))));
        GatedKind.At(queue).Open(60);
        long start = Stopwatch.GetTimestamp();

        await EndAsync(await SubmitAsync(queue, 60));

        // The rate allows them within two seconds. Permits that wait for each other would give out about two tasks a second.
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Settings_AreRaisedVersionByVersion_AndKeptByTheStore()
    {
        string queue = NewQueue();
        var limits = new QueueLimits(MaxConcurrency: 5, RatePerKey: new RateLimit(2, TimeSpan.FromMinutes(1)));
        QueueSettings put = (await Queue(queue).PutAsync(limits)).Settings;
        QueueSettings same = (await Queue(queue).PutAsync(limits)).Settings;
        QueueSettings paused = (await Queue(queue).PauseAsync()).Settings;

        Assert.Equal((1L, 1L, 2L), (put.Version, same.Version, paused.Version));
        Assert.Equal(limits, paused.Limits);
        Assert.Contains(
            await GrainCluster.TaskStore.ReadQueuesAsync(), stored => stored.Name == queue && stored.IsPaused && stored.MaxConcurrency == 5 && stored.Version == 2);
    }

    private static string NewQueue() => $"q-{Guid.NewGuid():N}";

    private IQueueGrain Queue(string name) => cluster.Grains.GetGrain<IQueueGrain>(name);

    private async Task<TaskId[]> SubmitAsync(string queue, int count, string? key = null, string? gate = null, int? partition = null)
    {
        NewTask[] tasks =
        [
            .. Enumerable.Range(0, count).Select(i => new NewTask
            {
                Id = TaskId.New(partition ?? i % Partitions, TimeProvider.System),
                Kind = "test.gated",
                Input = Encoding.UTF8.GetBytes($$"""{"gate":"{{gate ?? queue}}"}"""),
                Queue = queue,
                QueueKey = key,
            }),
        ];
        foreach (IGrouping<int, NewTask> part in tasks.GroupBy(task => task.Id.Partition))
        {
            ImmutableArray<SubmitReply> replies = await cluster.Grains.GetGrain<ITaskPartitionGrain>(part.Key).SubmitAsync([.. part]);
            Assert.All(replies, reply => Assert.Null(reply.Error));
        }

        return [.. tasks.Select(task => task.Id)];
    }

    private async Task<TaskInfo[]> GetAllAsync(TaskId[] tasks) =>
        [.. (await Task.WhenAll(tasks.Select(id => cluster.Grains.GetGrain<ITaskPartitionGrain>(id.Partition).GetAsync(id))))!];

    private async Task EndAsync(TaskId[] tasks)
    {
        TaskInfo?[] ends = await Task.WhenAll(tasks.Select(id => cluster.Grains.GetGrain<ITaskPartitionGrain>(id.Partition).WaitAsync(id, s_patience)));
        Assert.All(ends, task => Assert.Equal((TaskState.Succeeded, null), (task!.State, task.WaitReason)));
    }
}
