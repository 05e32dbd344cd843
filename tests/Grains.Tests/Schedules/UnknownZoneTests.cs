using Gristmill.Grains.Schedules;
using Gristmill.Grains.Tasks;
using Gristmill.Grains.Tests.Tasks;
using Gristmill.Storage;

namespace Gristmill.Grains.Tests.Schedules;

/// <summary>A schedule that was put on a machine which knows a time zone that this one does not.</summary>
public sealed class UnknownZoneTests(LeaseCluster cluster) : PartitionTest(cluster)
{
    private readonly string _id = $"zone-{Guid.NewGuid():N}";

    [Fact]
    public async Task IsShownWithItsProblem_AndFiresNothing()
    {
        string known = _id + "-known";
        await StoreAsync(Row(_id, "Europe/Atlantis"), Row(known, "Europe/Berlin"));
        await FiredAsync(known);

        ScheduleInfo? info = await Schedules.GetScheduleAsync(_id);
        ScheduleInfo listed = (await Cluster.Grains.GetGrain<IScheduleListGrain>(0).ListAsync(_id[..^1], 1))[0];

        foreach (ScheduleInfo shown in new[] { info!, listed })
        {
            Assert.Equal((_id, "Europe/Atlantis"), (shown.Id, shown.Definition.TimeZone));
            Assert.Contains("'Europe/Atlantis'", shown.Problem, StringComparison.Ordinal);
            Assert.Empty(shown.Next);
            Assert.Equal((null, null), (shown.LastAt, shown.LastTask));
        }

        Assert.Null((await Schedules.GetScheduleAsync(known))!.Problem);
        Assert.Empty(await MadeAsync(_id));
    }

    [Fact]
    public async Task CanBeDeleted()
    {
        await StoreAsync(Row(_id, "Europe/Atlantis"));

        Assert.True(await Schedules.DeleteScheduleAsync(_id));

        Assert.Null(await Schedules.GetScheduleAsync(_id));
        await ReopenAsync();
        Assert.Null(await Schedules.GetScheduleAsync(_id));
    }

    [Fact]
    public async Task CanBeReplaced_AndFiresThen()
    {
        StoredSchedule row = Row(_id, "Europe/Atlantis");
        await StoreAsync(row);

        ScheduleInfo put = await Schedules.PutScheduleAsync(_id, Definition("Europe/Berlin") with { Cron = null, TimeZone = null, Every = TimeSpan.FromSeconds(1) });

        Assert.Equal(((string?)null, row.CreatedAt, 5), (put.Problem, put.CreatedAt, put.Next.Length));
        await FiredAsync(_id);
        await Schedules.DeleteScheduleAsync(_id);
    }

    [Fact]
    public async Task CanBeTriggered()
    {
        await StoreAsync(Row(_id, "Europe/Atlantis"));

        SubmitReply? reply = await Schedules.TriggerScheduleAsync(_id);

        Assert.Equal(reply!.Id, Assert.Single(await MadeAsync(_id)).Id);
        Assert.Equal(reply.Id, (await Schedules.GetScheduleAsync(_id))!.LastTask);
    }

    private ITaskSchedulePartitionGrain Schedules => Cluster.Grains.GetGrain<ITaskSchedulePartitionGrain>(Partition);

    private ScheduleDefinition Definition(string zone) => new(New() with { Id = default }, Cron: "0 0 1 1 *", TimeZone: zone);

    private StoredSchedule Row(string id, string zone)
    {
        DateTimeOffset now = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        return new StoredSchedule(id, StoredSchedules.Write(Definition(zone)), now.AddHours(-1), now.AddSeconds(-10));
    }

    private async Task StoreAsync(params StoredSchedule[] rows)
    {
        PartitionPosition position = await Store.Inner.OpenPartitionAsync(Partition);
        await Store.Inner.CommitAsync(
            new TaskGroup(Partition, position.Epoch, position.Sequence + 1, []) { Schedules = [.. rows.Select(row => new SchedulePut(row))] });
    }

    private async Task FiredAsync(string id)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await Schedules.GetScheduleAsync(id))!.LastAt is null)
        {
            Assert.False(patience.IsCancellationRequested, "The schedule did not fire within 30 s.");
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    private static async Task<IReadOnlyList<StoredTask>> MadeAsync(string id) =>
        (await Store.Inner.ListAsync(new Storage.TaskFilter { Tag = $"schedule:{id}" }, null, 100)).Tasks;
}
