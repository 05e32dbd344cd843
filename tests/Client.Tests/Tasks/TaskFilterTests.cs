using Gristmill.Client.Errors;
using Gristmill.Client.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Gristmill.Client.Tests.Tasks;

public sealed class TaskFilterTests
{
    [Fact]
    public void Filter_WrittenAndReadAgain_IsTheSame()
    {
        TaskFilter filter = Read("?status=failed&kind=math.add&queue=q&tag=a%26b%3D+%C3%BC&owner=7&since=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00.5%2B01:00&limit=5");

        Assert.Equal(new DateTimeOffset(2026, 1, 1, 23, 0, 0, 500, TimeSpan.Zero), filter.Until);
        Assert.Equal("a&b= ü", filter.Tag);
        Assert.Equal(filter, Read($"?{filter}"));
        Assert.True(Read("?limit=5&status=").IsEmpty);
    }

    [Theory]
    [InlineData("status", "?status=done")]
    [InlineData("status", "?status=Failed")]
    [InlineData("status", "?status=failed&status=queued")]
    [InlineData("owner", "?owner=0")]
    [InlineData("owner", "?owner=me")]
    [InlineData("since", "?since=yesterday")]
    [InlineData("since", "?since=2026-01-01T00:00:00")]
    [InlineData("until", "?until=2026-01-01")]
    [InlineData("tag", "?tag=%00")]
    [InlineData("state", "?state=failed&kind=a")]
    [InlineData("cursor", "?cursor=a")]
    public void Filter_ThatCannotBe_IsRefusedNamingTheParameter(string name, string query) =>
        Assert.Equal([name], Assert.Throws<RequestException>(() => Read(query)).Error.Fields.Keys);

    [Fact]
    public void Cursor_OfAnotherQuestion_IsRefused()
    {
        var place = new TaskCursor(TaskId.New(7, TimeProvider.System));
        string text = place.ToText("tasks?status=failed");

        Assert.Equal(place, TaskCursor.Parse(text, "tasks?status=failed"));
        Assert.Equal(default, TaskCursor.Parse(null, "tasks?"));
        foreach (string wrong in new[] { "", "x", text[1..], text + "A", $"B{text[1..]}" })
            Assert.Throws<RequestException>(() => TaskCursor.Parse(wrong, "tasks?status=failed"));
        Assert.Throws<RequestException>(() => TaskCursor.Parse(text, "tasks?status=queued"));
    }

    [Theory]
    [InlineData("a", 5)]
    [InlineData("order-4711", 7)]
    [InlineData("übermorgen", 5)]
    // A gateway that hashed another way would not find what an older one submitted.
    public void Partition_OfAKey_NeverChanges(string key, int partition) => Assert.Equal(partition, TaskPartitions.Of($"anonymous\n{key}", 8));

    [Fact]
    public void Partitions_OfManyKeys_AreAboutEquallyFull()
    {
        int[] counts = new int[8];
        for (int i = 0; i < 8_000; i++)
            counts[TaskPartitions.Of(IdempotencyKey.OfItem("anonymous\nbatch", i), 8)]++;
        Assert.All(counts, count => Assert.InRange(count, 800, 1_200));
    }

    private static TaskFilter Read(string query) => TaskFilter.Of(new QueryCollection(QueryHelpers.ParseQuery(query)), "limit");
}
