using System.Text;
using Gristmill.Grains.Schedules;
using Gristmill.Grains.Tasks;
using Gristmill.Grains.Tests.Tasks;
using Gristmill.Storage;

namespace Gristmill.Grains.Tests.Schedules;

[Collection(nameof(GrainCluster))]
public sealed class ScheduleGrainTests(GrainCluster cluster)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly string _id = $"s-{Guid.NewGuid():N}";

    [Fact]
    public async Task EverySecond_MakesOneTaskForEachSecond()
    {
        GatedKind.Gate gate = GatedKind.At(_id);
        gate.Open(100);
        ScheduleInfo put = await Schedule.PutAsync(Every(1));
        Assert.Equal([1, 2, 3, 4, 5], put.Next.Select(next => (next - put.CreatedAt).TotalSeconds));

        await gate.ArrivedAsync(3);
        Assert.True(await Schedule.DeleteAsync());

        Assert.Null(await Schedule.GetAsync());
        Assert.False(await Schedule.DeleteAsync());
        StoredTask[] made = await MadeAsync();
        Assert.All(made, task => Assert.Equal(0, (task.Progress.DueAt - put.CreatedAt).Ticks % TimeSpan.TicksPerSecond));
        Assert.Equal(made.Length, made.Select(task => task.Progress.DueAt).Distinct().Count());
    }

    [Fact]
    public async Task Skip_LeavesOutWhatFallsOnARunningTask()
    {
        GatedKind.Gate gate = GatedKind.At(_id);
        ScheduleInfo put = await Schedule.PutAsync(Every(1) with { Overlap = ScheduleOverlap.Skip });
        await gate.ArrivedAsync(1);

        ScheduleInfo later = await UntilAsync(schedule => schedule.LastAt >= put.CreatedAt.AddSeconds(3));
        Assert.Single(await MadeAsync());
        gate.Open(100);
        await gate.ArrivedAsync(1);

        await Schedule.DeleteAsync();
        Assert.Equal((await MadeAsync()).Min(task => task.Id), later.LastTask);
    }

    [Fact]
    public async Task CancelPrevious_EndsTheRunningTask()
    {
        GatedKind.Gate gate = GatedKind.At(_id);
        await Schedule.PutAsync(Every(1) with { Overlap = ScheduleOverlap.CancelPrevious });
        await gate.ArrivedAsync(2);
        await Schedule.DeleteAsync();

        StoredTask first = (await MadeAsync()).MinBy(task => task.Id)!;
        TaskInfo? ended = await cluster.Grains.GetGrain<ITaskPartitionGrain>(first.Id.Partition).WaitAsync(first.Id, s_patience);
        gate.Open(100);
        Assert.Equal(TaskState.Cancelled, ended!.State);
    }

    [Fact]
    public async Task Trigger_MakesATaskNow_AndLeavesTheTimesAlone()
    {
        Assert.Null(await Schedule.TriggerAsync());
        ScheduleInfo put = await Schedule.PutAsync(new ScheduleDefinition(NewTask(), Cron: "0 0 1 1 *", TimeZone: "Europe/Berlin"));
        GatedKind.At(_id).Open(1);

        SubmitReply? reply = await Schedule.TriggerAsync();
        TaskInfo? done = await cluster.Grains.GetGrain<ITaskPartitionGrain>(reply!.Id.Partition).WaitAsync(reply.Id, s_patience);

        Assert.Equal(TaskState.Succeeded, done!.State);
        Assert.Equal([$"schedule:{_id}"], done.Tags);
        ScheduleInfo? after = await Schedule.GetAsync();
        Assert.Equal(put.Next, after!.Next);
        Assert.Equal((reply.Id, null), (after.LastTask, after.LastAt));
        Assert.Equal(5, after.Next.Length);
        Assert.All(after.Next, next => Assert.Equal((12, 31, 23), (next.Month, next.Day, next.Hour)));
    }

    [Fact]
    public async Task Trigger_BesideATaskThatRuns_LeavesTheOverlapToThatOne()
    {
        await Schedule.PutAsync(new ScheduleDefinition(NewTask(), Cron: "0 0 1 1 *", Overlap: ScheduleOverlap.Skip));
        GatedKind.Gate gate = GatedKind.At(_id);
        SubmitReply? running = await Schedule.TriggerAsync();
        await gate.ArrivedAsync(1);

        SubmitReply? beside = await Schedule.TriggerAsync();
        Assert.Equal(running!.Id, (await Schedule.GetAsync())!.LastTask);
        gate.Open(100);
        foreach (TaskId id in new[] { running.Id, beside!.Id })
            await cluster.Grains.GetGrain<ITaskPartitionGrain>(id.Partition).WaitAsync(id, s_patience);

        SubmitReply? later = await Schedule.TriggerAsync();
        Assert.Equal(later!.Id, (await Schedule.GetAsync())!.LastTask);
        await Schedule.DeleteAsync();
    }

    [Fact]
    public async Task Put_OfWhatNeverFiresOrCannotRun_NamesTheFieldAndKeepsNothing()
    {
        Assert.Equal("cron", await FieldOfAsync(new ScheduleDefinition(NewTask(), Cron: "0 0 30 2 *")));
        Assert.Equal("cron", await FieldOfAsync(new ScheduleDefinition(NewTask())));
        Assert.Equal("cron", await FieldOfAsync(new ScheduleDefinition(NewTask(), Cron: "* * * * *", Every: TimeSpan.FromHours(1))));
        Assert.Equal("every", await FieldOfAsync(new ScheduleDefinition(NewTask(), Every: TimeSpan.FromMilliseconds(999))));
        Assert.Equal("timeZone", await FieldOfAsync(new ScheduleDefinition(NewTask(), Cron: "* * * * *", TimeZone: "Europe/Atlantis")));
        Assert.Equal("task.input.operands", await FieldOfAsync(new ScheduleDefinition(NewTask() with { Kind = "math.add", Input = "{}"u8.ToArray() }, Cron: "* * * * *")));
        GrainCallException unknown = await Assert.ThrowsAsync<GrainCallException>(
            () => Schedule.PutAsync(new ScheduleDefinition(NewTask() with { Kind = "math.ad" }, Cron: "* * * * *")));
        Assert.Equal(ErrorCodes.UnknownTaskKind, unknown.Error.Code);
        Assert.Null(await Schedule.GetAsync());
    }

    [Fact]
    public async Task List_HasTheSchedulesById()
    {
        await Schedule.PutAsync(new ScheduleDefinition(NewTask(), Cron: "0 0 1 1 *"));

        var found = await cluster.Grains.GetGrain<IScheduleListGrain>(0).ListAsync(_id[..^1], 100);

        Assert.Equal(_id, found[0].Id);
        Assert.Equal("0 0 1 1 *", found[0].Definition.Cron);
        await Schedule.DeleteAsync();
    }

    private IScheduleGrain Schedule => cluster.Grains.GetGrain<IScheduleGrain>(_id);

    private async Task<string> FieldOfAsync(ScheduleDefinition definition) =>
        Assert.Single((await Assert.ThrowsAsync<GrainCallException>(() => Schedule.PutAsync(definition))).Error.Fields.Keys);

    private async Task<StoredTask[]> MadeAsync() =>
        [.. (await GrainCluster.TaskStore.ListAsync(new Storage.TaskFilter { Tag = $"schedule:{_id}" }, null, 100)).Tasks];

    private async Task<ScheduleInfo> UntilAsync(Func<ScheduleInfo, bool> condition)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (!patience.IsCancellationRequested)
        {
            if (await Schedule.GetAsync() is { } schedule && condition(schedule))
                return schedule;
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }

        throw new TimeoutException($"The schedule did not come to what was awaited within {s_patience.TotalSeconds} s.");
    }

    private ScheduleDefinition Every(int seconds) => new(NewTask(), Every: TimeSpan.FromSeconds(seconds));

    private NewTask NewTask() => new() { Id = default, Kind = "test.gated", Input = Encoding.UTF8.GetBytes($$"""{"gate":"{{_id}}"}""") };
}
