namespace Gristmill.Abstractions.Tests;

public sealed class TaskIdTests
{
    [Fact]
    public void NewIds_CarryPartitionAndTime_AndComeBackFromText()
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        foreach (int partition in new[] { 0, 1, 255, 65_535 })
        {
            TaskId id = TaskId.New(partition, TimeProvider.System);
            Assert.Equal(partition, id.Partition);
            Assert.InRange(id.CreatedAt, now.AddSeconds(-1), now.AddMinutes(1));
            Assert.Equal(id, TaskId.Parse(id.ToString()));
            Assert.Equal(id, TaskId.Parse(id.ToString().ToLowerInvariant()));
        }
    }

    [Fact]
    public void Text_SortsAsTheIdsDo()
    {
        var random = new Random(7);
        TaskId[] ids = [.. Enumerable.Range(0, 1_000).Select(_ => new TaskId(new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64()))), new(0), new(UInt128.MaxValue)];

        Assert.Equal(
            ids.Order().Select(id => id.ToString()),
            ids.Select(id => id.ToString()).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0000000000000000000000000U")]
    [InlineData("8ZZZZZZZZZZZZZZZZZZZZZZZZZ")]
    [InlineData("000000000000000000000000000")]
    [InlineData("00000000000000000000000-00")]
    public void Text_ThatIsNoId_IsRefused(string text)
    {
        Assert.False(TaskId.TryParse(text, null, out _));
        Assert.Throws<FormatException>(() => TaskId.Parse(text));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(65_536)]
    public void Partition_ThatDoesNotFit_IsRefused(int partition) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => TaskId.New(partition, TimeProvider.System));
}
