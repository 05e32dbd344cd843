using System.Buffers;
using System.Collections.Immutable;
using System.Text;

namespace Gristmill.SourceGenerators.Tests.TaskDefinitions;

public class RequestTests
{
    private static readonly Lazy<Sample> s_sample = new(static () => GeneratorHarness.Load(Samples.Math, Samples.Strings, Samples.Thumbnail,
        """
        using Sample;

        [TaskDefinition("list")]
        public static partial class ListHandlers
        {
            [TaskOperation] public static int[] Sort(int[] values) { Array.Sort(values); return values; }
            [TaskOperation] public static int Clear(List<int> values) { int count = values.Count; values.Clear(); return count; }
            [TaskOperation] public static ImmutableDictionary<string, int> Invert(IReadOnlyDictionary<string, int> map) => map.ToImmutableDictionary(p => p.Key + "!", p => -p.Value);
            [TaskOperation] public static string Half(string text) => text[..1];
            [TaskOperation] public static string? Join(IReadOnlyList<string?>? parts, string separator = "-") => parts is null ? null : string.Join(separator, parts);
        }

        public static class Probe
        {
            private static readonly int[] s_values = [3, 1, 2];
            public static TaskRequest<long> Add() => MathTask.Add(1, 2, 3);
            public static TaskRequest<string> Hash() => StringTask.Hash("a");
            public static TaskRequest<int[]> Sort() => ListTask.Sort(s_values);
            public static TaskRequest<int> Clear() => ListTask.Clear([1, 2]);
            public static TaskRequest<string?> JoinNull() => ListTask.Join(null);
            public static TaskRequest<string?> Join() => ListTask.Join(["a", null], "+");
            public static TaskRequest<ImmutableDictionary<string, int>> Invert() => ListTask.Invert(new Dictionary<string, int> { ["a"] = 1 });
            public static int[] Values() => s_values;
            public static TaskRequest<long> AddChanged()
            {
                long[] operands = [1, 2, 3];
                TaskRequest<long> request = MathTask.Add(operands);
                operands[0] = 100;
                return request;
            }
            public static TaskRequest<string> ReverseNull() => StringTask.Reverse(null!);
        }
        """));

    [Fact]
    public async Task InvokeAsync_InProcess_RunsWithTheArguments()
    {
        Assert.Equal(6, await s_sample.Value.Probe<TaskRequest<long>>("Add").InvokeAsync(new FakeTaskContext()));
        Assert.Equal("Xxh64:a", await s_sample.Value.Probe<TaskRequest<string>>("Hash").InvokeAsync(new FakeTaskContext()));
    }

    [Fact]
    public async Task Arguments_ChangedByTheCallerLater_AreTheRequestsOwn() =>
        Assert.Equal(6, await s_sample.Value.Probe<TaskRequest<long>>("AddChanged").InvokeAsync(new FakeTaskContext()));

    [Fact]
    public async Task Arguments_ChangedByTheHandler_AreFreshForTheNextAttempt()
    {
        var clear = s_sample.Value.Probe<TaskRequest<int>>("Clear");
        Assert.Equal(2, await clear.InvokeAsync(new FakeTaskContext()));
        Assert.Equal(2, await clear.InvokeAsync(new FakeTaskContext()));

        int[] sorted = await s_sample.Value.Probe<TaskRequest<int[]>>("Sort").InvokeAsync(new FakeTaskContext());
        Assert.Equal([1, 2, 3], sorted);
        Assert.Equal([3, 1, 2], s_sample.Value.Probe<int[]>("Values"));
    }

    [Theory]
    [InlineData("Add", """{"operands":[1,2,3]}""", """{"result":6}""")]
    [InlineData("AddChanged", """{"operands":[1,2,3]}""", """{"result":6}""")]
    public Task Json_WrittenInput_RunsAndReadsBack(string probe, string input, string output) => RoundTrip<long>(probe, input, output, 6);

    [Fact]
    public Task Json_OptionalArgument_IsWritten() =>
        RoundTrip("Hash", """{"input":"a","algorithm":"xxh64"}""", """{"output":"Xxh64:a"}""", "Xxh64:a");

    [Fact]
    public async Task Json_Nulls_Travel()
    {
        await RoundTrip<string?>("JoinNull", """{"parts":null,"separator":"-"}""", """{"result":null}""", null);
        await RoundTrip<string?>("Join", """{"parts":["a",null],"separator":"+"}""", """{"result":"a+"}""", "a+");
    }

    [Fact]
    public async Task Json_Dictionary_Travels()
    {
        var request = s_sample.Value.Probe<TaskRequest<ImmutableDictionary<string, int>>>("Invert");
        var written = new ArrayBufferWriter<byte>();
        request.WriteInput(written);
        Assert.Equal("""{"map":{"a":1}}""", Encoding.UTF8.GetString(written.WrittenSpan));

        string answer = await s_sample.Value.RunAsync("list.invert", """{"map":{"a":1}}""");
        Assert.Equal("""{"result":{"a!":-1}}""", answer);
        Assert.Equal(-1, request.ReadOutput(Encoding.UTF8.GetBytes(answer))["a!"]);

        InvalidTaskInputException twice = await s_sample.Value.RefuseAsync("list.invert", """{"map":{"a":1,"a":2}}""");
        Assert.Equal(("map.a", "is given twice"), (Assert.Single(twice.Fields).Key, twice.Fields["map.a"]));
    }

    [Fact]
    public async Task Json_ResultWithHalfASurrogatePair_IsStillJson() => Assert.Equal(
        """{"result":"\uFFFD"}""", await s_sample.Value.RunAsync("list.half", """{"text":"\ud83d\ude00"}"""));

    [Theory]
    [InlineData("""{"output":"x"}""")]
    [InlineData("""{"result":"6"}""")]
    [InlineData("""{"result":6,"result":6}""")]
    [InlineData("""{"result":6}}""")]
    [InlineData("{}")]
    [InlineData("6")]
    [InlineData("{")]
    public void ReadOutput_OfAnythingElse_IsFormatException(string json) => Assert.Throws<FormatException>(
        () => s_sample.Value.Probe<TaskRequest<long>>("Add").ReadOutput(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Factory_NullForANonNullable_IsRefusedAtOnce() => Assert.IsType<ArgumentNullException>(
        Assert.Throws<System.Reflection.TargetInvocationException>(() => s_sample.Value.Probe<TaskRequest<string>>("ReverseNull")).InnerException);

    private static async Task RoundTrip<T>(string probe, string input, string output, T result)
    {
        var request = s_sample.Value.Probe<TaskRequest<T>>(probe);
        var written = new ArrayBufferWriter<byte>();
        request.WriteInput(written);
        Assert.Equal(input, Encoding.UTF8.GetString(written.WrittenSpan));

        string answer = await s_sample.Value.RunAsync(request.Kind.Name, input);
        Assert.Equal(output, answer);
        Assert.Equal(result, request.ReadOutput(Encoding.UTF8.GetBytes(answer)));
    }
}
