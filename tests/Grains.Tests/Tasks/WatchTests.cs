using Gristmill.Grains.Tasks;

namespace Gristmill.Grains.Tests.Tasks;

public sealed class WatchTests(LeaseCluster cluster) : PartitionTest(cluster)
{
    [Fact]
    public async Task Watch_AnswersEveryChange_ProgressAndEndIncluded()
    {
        TaskId id = await SubmitAsync();
        TaskInfo queued = (await Tasks.WatchAsync(id, seen: null, s_patience))!;
        Assert.Equal((TaskState.Queued, true), (queued.State, queued.WaitReason is not null));

        Task<TaskInfo?> watching = Tasks.WatchAsync(id, queued.Version, s_patience);
        TestExecutor executor = LocalExecutor();
        TaskGrant grant = await executor.TakeAsync();
        TaskInfo running = (await watching)!;
        Assert.Equal((TaskState.Running, 0d, null, Cluster.Silos[0]), (running.State, running.Progress, running.WaitReason, running.Silo));

        watching = Tasks.WatchAsync(id, running.Version, s_patience);
        await executor.ReportAsync(grant, 0.5);
        TaskInfo half = (await watching)!;
        Assert.Equal((TaskState.Running, 0.5), (half.State, half.Progress));

        watching = Tasks.WatchAsync(id, half.Version, s_patience);
        await executor.CompleteAsync(grant);
        TaskInfo end = (await watching)!;
        Assert.Equal((TaskState.Succeeded, """{"result":1}"""), (end.State, System.Text.Encoding.UTF8.GetString(end.Output.Span)));
        Assert.Equal(end, await Tasks.WatchAsync(id, half.Version, s_patience), TaskInfoComparer);
        Assert.Equal(4, new[] { queued.Version, running.Version, half.Version, end.Version }.Distinct().Count());
    }

    [Fact]
    public async Task Watch_WithoutAChange_AnswersWhenItsPatienceIsOver()
    {
        TaskId id = await SubmitAsync();
        TaskInfo info = await GetAsync(id);

        Assert.Equal(info.Version, (await Tasks.WatchAsync(id, info.Version, TimeSpan.Zero))!.Version);
        Assert.Equal(info.Version, (await Tasks.WatchAsync(id, info.Version, TimeSpan.FromMilliseconds(50)))!.Version);
        Assert.Equal(TaskState.Queued, (await Tasks.WaitAsync(id, TimeSpan.FromMilliseconds(50)))!.State);
    }

    [Fact]
    public async Task Version_AfterAReactivation_IsAnother()
    {
        TaskId id = await SubmitAsync();
        long before = (await GetAsync(id)).Version;

        await ReopenAsync();

        Assert.NotEqual(before, (await Tasks.WatchAsync(id, before, s_patience))!.Version);
    }

    [Fact]
    public async Task Wait_AnswersTheEnd_AndNotTheStepsBefore()
    {
        TaskId id = await SubmitAsync();
        Task<TaskInfo?>[] waiting = [.. Enumerable.Range(0, 20).Select(_ => Tasks.WaitAsync(id, s_patience))];
        TestExecutor executor = LocalExecutor();

        await executor.CompleteAsync(await executor.TakeAsync(), GrantEnd.Returned);
        await executor.CompleteAsync(await executor.TakeAsync());

        Assert.All(await Task.WhenAll(waiting), info => Assert.Equal(TaskState.Succeeded, info!.State));
    }

    [Fact]
    public async Task TaskThatIsNotThere_IsNull()
    {
        Assert.Null(await Tasks.GetAsync(New().Id));
        Assert.Null(await Tasks.WatchAsync(New().Id, seen: 3, s_patience));
        Assert.Null(await Tasks.WaitAsync(New().Id, s_patience));
    }

    [Fact]
    public async Task TaskWhoseRowIsReadWhileItEnds_IsSeenAsItIs()
    {
        NewTask task = New();
        StorePause stored = new();
        Store.OnNextCommit(Partition, async (_, commit) =>
        {
            await commit();
            await stored.PassAsync();
        });
        Task<TaskId> submitting = SubmitAsync(task);
        await stored.Reached;

        // The row is there and the partition does not know yet.
        Task<TaskInfo?> getting = Tasks.GetAsync(task.Id);
        stored.Release();

        Assert.Equal(TaskState.Queued, (await getting)!.State);
        await submitting;
    }

    [Fact]
    public async Task List_SeesWhatWasAnswered()
    {
        NewTask first = New() with { Tags = [$"list-{Partition}"] };
        NewTask second = New() with { Tags = [$"list-{Partition}"], Owner = 7 };
        var query = Cluster.Grains.GetGrain<ITaskQueryGrain>(0);
        TaskQuery ours = new(Limit: 10, Tag: $"list-{Partition}");

        await SubmitAsync(first);
        Assert.Equal([first.Id], (await query.ListAsync(ours)).Tasks.Select(info => info.Id));
        await SubmitAsync(second);
        TestExecutor executor = LocalExecutor();
        TaskGrant grant = await executor.TakeAsync();
        Assert.Equal([grant.Id], (await query.ListAsync(ours with { State = TaskState.Running })).Tasks.Select(info => info.Id));
        await executor.CompleteAsync(grant);

        TaskListPage page = await query.ListAsync(ours);
        Assert.Equal(2, page.Tasks.Length);
        Assert.Null(page.Next);
        Assert.Equal(TaskState.Succeeded, page.Tasks.Single(info => info.Id == grant.Id).State);
        Assert.Equal([second.Id], (await query.ListAsync(ours with { Owner = 7 })).Tasks.Select(info => info.Id));
        TaskListPage one = await query.ListAsync(ours with { Limit = 1 });
        Assert.Equal([one.Tasks[0].Id], (await query.ListAsync(ours with { Limit = 1 })).Tasks.Select(info => info.Id));
        Assert.Single((await query.ListAsync(ours with { Before = one.Next })).Tasks);
    }

    private static readonly IEqualityComparer<TaskInfo?> TaskInfoComparer =
        EqualityComparer<TaskInfo?>.Create((x, y) => x!.State == y!.State && x.FinishedAt == y.FinishedAt && x.Version == y.Version);
}
