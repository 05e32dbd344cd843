namespace Gristmill.Storage.Tests.Tasks;

/// <summary>What a store that outlives its process does besides.</summary>
public abstract class DurableTaskStoreConformance : TaskStoreConformance
{
    [Fact]
    public async Task Reopen_AfterCommits_HasEveryRowAndPosition()
    {
        PartitionWriter writer = await PartitionWriter.OpenAsync(Store, 2);
        StoredTask waiting = NewTask(2) with { IdempotencyKey = "key", Input = new byte[5_000], InputLength = 5_000 };
        StoredTask finished = NewTask(2);
        await writer.CommitAsync(Insert(waiting), Insert(finished));
        await writer.CommitAsync(new TaskUpdate(finished.Id, Finished(finished)));

        var schedule = new StoredSchedule("nightly", "{}", Noon, Noon.AddHours(1));
        await writer.CommitAsync([], [new SchedulePut(schedule)]);
        var queue = new StoredQueueSettings("mail", 1, true, 5, null, null, null);
        await Store.WriteQueueAsync(queue, Token);

        await ReopenAsync();

        await Store.InitializeAsync(Partitions, Token);
        await Assert.ThrowsAsync<PartitionCountException>(async () => await Store.InitializeAsync(Partitions * 2, Token));
        Assert.Equal(writer.Position, await Store.ReadPositionAsync(2, Token));
        Assert.Equal(waiting.Id, Assert.Single(await LiveAsync(2)).Id);
        AssertSame(waiting, await Store.ReadAsync(waiting.Id, Token));
        AssertSame(finished with { Progress = Finished(finished) }, await Store.ReadAsync(finished.Id, Token));
        Assert.Equal(waiting.Id, (await Store.FindByKeyAsync(2, "key", Token))?.Id);
        Assert.Equal([schedule], await Store.ReadSchedulesAsync(2, Token));
        Assert.Equal([queue], await Store.ReadQueuesAsync(Token));
        await Store.CommitAsync(new TaskGroup(2, writer.Epoch, writer.Position.Sequence + 1, []), Token);
    }
}
