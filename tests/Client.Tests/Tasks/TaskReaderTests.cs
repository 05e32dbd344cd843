using System.Text;
using System.Text.Json;
using Gristmill.Client.Errors;
using Gristmill.Client.Tasks;

namespace Gristmill.Client.Tests.Tasks;

public sealed class TaskReaderTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Task_WithEverything_IsReadAsItWasWritten()
    {
        TaskFields task = Read("""
            {"kind":"math.add","input":{"operands":[1, 2]},"durability":"durable","priority":9,"queue":"q-1.a_B","queueKey":"kunde ü",
             "runAt":"2026-01-01T14:00:00+01:30","deadline":"2026-01-02T00:00:00Z","timeout":"5m","maxAttempts":7,"tags":["a","b","a"],"owner":42}
            """);

        Assert.Equal("math.add", task.Kind);
        Assert.Equal("""{"operands":[1, 2]}""", Encoding.UTF8.GetString(task.Input.Span));
        Assert.True(task.IsDurable);
        Assert.Equal((9, "q-1.a_B", "kunde ü", 42L), (task.Priority, task.Queue, task.QueueKey, task.Owner));
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 12, 30, 0, TimeSpan.Zero), task.RunAt);
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), task.Deadline);
        Assert.Equal((TimeSpan.FromMinutes(5), 7), (task.Timeout, task.MaxAttempts));
        Assert.Equal(["a", "b"], task.Tags);
    }

    [Fact]
    public void Task_WithLittle_IsDurableAndLeavesTheRestToItsKind()
    {
        TaskFields task = Read("""{"kind":"k","input":{},"queue":null,"delay":"90s"}""");

        Assert.True(task.IsDurable);
        Assert.Equal(5, task.Priority);
        Assert.Equal(s_now.AddSeconds(90), task.RunAt);
        Assert.True(task is { Queue: null, QueueKey: null, Owner: null, Timeout: null, Deadline: null, MaxAttempts: null, Tags.IsEmpty: true });
        Assert.False(Read("""{"kind":"k","input":{},"durability":"none"}""").IsDurable);
    }

    [Theory]
    [InlineData("kind", """{"input":{}}""")]
    [InlineData("kind", """{"kind":"","input":{}}""")]
    [InlineData("kind", """{"kind":5,"input":{}}""")]
    [InlineData("kind", """{"kind":"\ud800","input":{}}""")]
    [InlineData("kind", """{"kind":"a\u0000b","input":{}}""")]
    [InlineData("kind", """{"kind":"a","kind":"a","input":{}}""")]
    [InlineData("kind", """{"kind":"a","\u006bind":"a","input":{}}""")]
    [InlineData("input", """{"kind":"k"}""")]
    [InlineData("input", """{"kind":"k","input":null}""")]
    [InlineData("input", """{"kind":"k","input":[{}]}""")]
    [InlineData("priority", """{"kind":"k","input":{},"priority":10}""")]
    [InlineData("priority", """{"kind":"k","input":{},"priority":-1}""")]
    [InlineData("priority", """{"kind":"k","input":{},"priority":1.0}""")]
    [InlineData("delay", """{"kind":"k","input":{},"delay":-1}""")]
    [InlineData("delay", """{"kind":"k","input":{},"delay":"-1s"}""")]
    [InlineData("delay", """{"kind":"k","input":{},"delay":1e400}""")]
    [InlineData("delay", """{"kind":"k","input":{},"delay":"4000d"}""")]
    [InlineData("delay", """{"kind":"k","input":{},"delay":1,"runAt":"2026-02-01T00:00:00Z"}""")]
    [InlineData("runAt", """{"kind":"k","input":{},"runAt":"2026-02-01T00:00:00"}""")]
    [InlineData("runAt", """{"kind":"k","input":{},"runAt":"\ud800"}""")]
    [InlineData("timeout", """{"kind":"k","input":{},"timeout":"\ud800"}""")]
    [InlineData("durability", """{"kind":"k","input":{},"durability":"\ud800"}""")]
    [InlineData("tags", """{"kind":"k","input":{},"tags":["a","\ud800"]}""")]
    [InlineData("runAt", """{"kind":"k","input":{},"runAt":"9999-12-31T23:59:59Z"}""")]
    [InlineData("deadline", """{"kind":"k","input":{},"deadline":"2026-01-01T12:00:00Z"}""")]
    [InlineData("deadline", """{"kind":"k","input":{},"delay":60,"deadline":"2026-01-01T12:00:30Z"}""")]
    [InlineData("timeout", """{"kind":"k","input":{},"timeout":0}""")]
    [InlineData("timeout", """{"kind":"k","input":{},"timeout":"0.0004"}""")]
    [InlineData("timeout", """{"kind":"k","input":{},"timeout":{"a":[1]}}""")]
    [InlineData("maxAttempts", """{"kind":"k","input":{},"maxAttempts":0}""")]
    [InlineData("tags", """{"kind":"k","input":{},"tags":"a"}""")]
    [InlineData("tags", """{"kind":"k","input":{},"tags":[1]}""")]
    [InlineData("tags", """{"kind":"k","input":{},"tags":[""]}""")]
    [InlineData("tags", """{"kind":"k","input":{},"tags":["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17","18","19","20",["21"]]}""")]
    [InlineData("owner", """{"kind":"k","input":{},"owner":0}""")]
    [InlineData("owner", """{"kind":"k","input":{},"owner":"1"}""")]
    [InlineData("queue", """{"kind":"k","input":{},"queue":"a/b"}""")]
    [InlineData("queue", """{"kind":"k","input":{},"queue":""}""")]
    [InlineData("durability", """{"kind":"k","input":{},"durability":"some"}""")]
    [InlineData("tags", """{"kind":"k","input":{},"durability":"none","tags":[]}""")]
    [InlineData("queue", """{"kind":"k","input":{},"durability":"none","queue":"q"}""")]
    [InlineData("prio", """{"kind":"k","input":{},"prio":[{"kind":1}]}""")]
    [InlineData("body", """{"kind":"k","input":{},"\udc00":1}""")]
    public void Task_ThatIsWrong_IsRefusedNamingTheField(string field, string json)
    {
        RequestException refused = Assert.Throws<RequestException>(() => Read(json));
        Assert.Equal(400, refused.Status);
        Assert.Equal([field], refused.Error.Fields.Keys);
    }

    [Theory]
    [InlineData("""{"kind":"k","input":{}""")]
    [InlineData("""{"kind":"k","input":{}} {}""")]
    [InlineData("""{"kind":"k",/* */"input":{}}""")]
    [InlineData("""{"kind":"k","input":{},}""")]
    [InlineData("")]
    public void Text_ThatIsNoJson_IsAJsonException(string text) => Assert.ThrowsAny<JsonException>(() => Read(text));

    [Fact]
    public void Batch_WithWrongTasksBetween_ReadsTheOthers()
    {
        List<TaskItem> items = ReadMany("""[{"kind":"a","input":{}}, 5, [1], {"kind":"a"}, {"kind":"b","input":{"x":[{}]},"queue":"q"}, {"kind":"b","input":{},"durability":"none"}]""");

        Assert.Equal([true, false, false, false, true, false], items.Select(item => item.Error is null));
        Assert.Equal(("b", """{"x":[{}]}""", "q"), (items[4].Fields.Kind, Encoding.UTF8.GetString(items[4].Fields.Input.Span), items[4].Fields.Queue));
        Assert.Equal(["input"], items[3].Error!.Fields.Keys);
        Assert.Equal(["durability"], items[5].Error!.Fields.Keys);
        Assert.Equal(items.Where(item => item.Error is null).Select(item => item.Fields.Hash.Length), [32, 32]);
    }

    [Fact]
    public void Batch_OverTheLimit_Is413AndAnEmptyOne400()
    {
        Assert.Equal(413, Assert.Throws<RequestException>(() => ReadMany($"[{string.Join(',', Enumerable.Repeat("""{"kind":"a","input":{}}""", 11))}]")).Status);
        Assert.Equal(400, Assert.Throws<RequestException>(() => ReadMany("[]")).Status);
        Assert.Equal(400, Assert.Throws<RequestException>(() => ReadMany("""{"kind":"a","input":{}}""")).Status);
    }

    [Fact]
    public void Hash_IsOfTheTaskAndNotOfWhatIsAroundIt()
    {
        const string Task = """{"kind":"a", "input":{}}""";
        byte[] alone = TaskReader.ReadOne(Encoding.UTF8.GetBytes($"\n {Task} "), s_now, withKey: true).Hash.ToArray();
        byte[] other = TaskReader.ReadOne(Encoding.UTF8.GetBytes(Task.Replace("a", "b", StringComparison.Ordinal)), s_now, withKey: true).Hash.ToArray();

        Assert.Equal(alone, ReadMany($"[{Task}]")[0].Fields.Hash.ToArray());
        Assert.NotEqual(alone, other);
    }

    private static TaskFields Read(string json) => TaskReader.ReadOne(Encoding.UTF8.GetBytes(json), s_now, withKey: false);

    private static List<TaskItem> ReadMany(string json) => TaskReader.ReadMany(Encoding.UTF8.GetBytes(json), s_now, withKey: true, max: 10);
}
