using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Gristmill.SourceGenerators.Tests.TaskDefinitions;

public class KindTests
{
    private static readonly Lazy<Sample> s_sample = new(static () => GeneratorHarness.Load(Samples.Math, Samples.Strings,
        """
        public sealed record Stats(double Mean, IReadOnlyList<double> Sorted);

        [TaskDefinition("vector", Timeout = "2m", MaxAttempts = 2)]
        public static partial class VectorHandlers
        {
            [TaskOperation] public static double Sum(ReadOnlyMemory<double> values) => values.Span.ToArray().Sum();
            [TaskOperation(Name = "dot-product")] public static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right) => left[0] * right[0];
            [TaskOperation] public static float[] Scale(ReadOnlySpan<float> values, float by) => values.ToArray().Select(x => x * by).ToArray();
            [TaskOperation] public static ReadOnlyMemory<int> Tail(ReadOnlySpan<int> head, ReadOnlySpan<short> tail) => tail.ToArray().Select(x => (int)x).ToArray();
            [TaskOperation] public static Task<Stats> Describe(double[] values) => Task.FromResult(new Stats(values.Average(), values.Order().ToList()));
            [TaskOperation] public static int Count(ReadOnlySpan<byte> haystack, byte needle = 10) => haystack.Count(needle);
            [TaskOperation] public static async Task<long> Await(ReadOnlyMemory<int> values) { await Task.Yield(); return values.Span[0] + values.Length; }
        }
        """));

    [Fact]
    public void Facts_OfOperations_ComeFromAttributesAndDocumentation()
    {
        TaskKind add = s_sample.Value.Kind("math.add");
        TaskKind slow = s_sample.Value.Kind("math.slow");
        TaskKind hash = s_sample.Value.Kind("string.hash");
        TaskKind dot = s_sample.Value.Kind("vector.dot-product");

        Assert.Equal("Adds 64-bit integers; overflow is an error.", add.Description);
        Assert.Equal((TimeSpan.FromMinutes(5), 3, "default", true), (add.Timeout, add.MaxAttempts, add.Queue, add.BinaryInput.Count == 1));
        Assert.Equal((TimeSpan.FromSeconds(30), false), (slow.Timeout, slow.BinaryInput.Count > 0));
        Assert.Equal(("cpu", 7), (hash.Queue, hash.MaxAttempts));
        Assert.Equal((TimeSpan.FromMinutes(2), 2), (dot.Timeout, dot.MaxAttempts));
    }

    [Fact]
    public void Schemas_OfAllKinds_AreJson()
    {
        foreach (TaskKind kind in s_sample.Value.Kinds)
        {
            using JsonDocument input = JsonDocument.Parse(kind.InputSchema);
            using JsonDocument output = JsonDocument.Parse(kind.OutputSchema);
            Assert.Equal("object", input.RootElement.GetProperty("type").GetString());
            Assert.Equal("object", output.RootElement.GetProperty("type").GetString());
        }
    }

    [Fact]
    public async Task Add_Json_WritesResult() =>
        Assert.Equal("""{"result":6}""", await s_sample.Value.RunAsync("math.add", """{"operands":[1,2,3]}"""));

    [Fact]
    public void Add_JsonOnceWarm_AllocatesNothing()
    {
        TaskKind add = s_sample.Value.Kind("math.add");
        var payload = new TaskPayload("""{"operands":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18]}"""u8.ToArray());
        var output = new ArrayBufferWriter<byte>(256);
        var context = new FakeTaskContext();
        // The pool, the thread's writer and the compiler's own tiers are filled by the first runs.
        for (int i = 0; i < 100; i++)
            Run();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++)
            Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run()
        {
            output.ResetWrittenCount();
            ValueTask done = add.InvokeAsync(payload, output, context);
            Assert.True(done.IsCompletedSuccessfully);
        }
    }

    [Fact]
    public async Task Add_Overflow_IsTheHandlersError() => await Assert.ThrowsAsync<OverflowException>(
        () => s_sample.Value.RunAsync("math.add", """{"operands":[9223372036854775807,1]}"""));

    [Fact]
    public async Task Add_ManyOperands_GrowsItsMemory() => Assert.Equal(
        """{"result":50005000}""",
        await s_sample.Value.RunAsync("math.add", $"{{\"operands\":[{string.Join(',', Enumerable.Range(1, 10_000))}]}}"));

    [Fact]
    public async Task Add_Binary_ReadsLittleEndianElements()
    {
        TaskPayload payload = Binary<long>([40, 2], """{"operands":2}""");

        Assert.Equal("""{"result":42}""", await s_sample.Value.RunAsync("math.add", payload));
    }

    [Theory]
    [InlineData("""{"operands":3}""", "operands")]
    [InlineData("""{"operands":-1}""", "operands")]
    [InlineData("""{"operands":1e9}""", "operands")]
    [InlineData("""{"operands":1152921504606846976}""", "operands")]
    [InlineData("""{"operands":1}""", "$")]
    [InlineData("{}", "operands")]
    [InlineData("", "operands")]
    public async Task Add_BinaryWhoseCountsDoNotFit_IsRefused(string json, string field)
    {
        var refusal = await Assert.ThrowsAsync<InvalidTaskInputException>(
            () => s_sample.Value.RunAsync("math.add", Binary<long>([40, 2], json)));

        Assert.Equal(field, Assert.Single(refusal.Fields).Key);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 255, 255, 255, 127 })]
    [InlineData(new byte[] { 0, 0, 0, 128 })]
    [InlineData(new byte[] { 1, 0, 0, 0 })]
    public async Task Add_BytesThatAreNoBinaryPayload_AreRefused(byte[] bytes) => await Assert.ThrowsAsync<InvalidTaskInputException>(
        () => s_sample.Value.RunAsync("math.add", new TaskPayload(bytes, PayloadFormat.Binary)));

    [Fact]
    public async Task Add_BinaryAtAnOddAddress_IsReadAllTheSame()
    {
        TaskPayload payload = Binary<long>([40, 2], """{"operands":2}""");
        byte[] shifted = [0, .. payload.Bytes.Span];

        Assert.Equal("""{"result":42}""", await s_sample.Value.RunAsync("math.add", payload with { Bytes = shifted.AsMemory(1) }));
    }

    [Fact]
    public async Task JsonOnlyKind_Binary_IsRefused() => await Assert.ThrowsAsync<InvalidTaskInputException>(
        () => s_sample.Value.RunAsync("string.reverse", new TaskPayload(new byte[8], PayloadFormat.Binary)));

    [Fact]
    public async Task Memory_JsonAndBinary_ReachTheHandler()
    {
        TaskPayload payload = Binary<double>([0.5, 0.25], """{"values":2}""");

        Assert.Equal("""{"result":0.75}""", await s_sample.Value.RunAsync("vector.sum", payload));
        Assert.Equal("""{"result":0.75}""", await s_sample.Value.RunAsync("vector.sum", """{"values":[0.5,0.25]}"""));
    }

    [Fact]
    public async Task Memory_AcrossAnAwait_StaysValid() =>
        Assert.Equal("""{"result":10}""", await s_sample.Value.RunAsync("vector.await", """{"values":[7,1,1]}"""));

    [Fact]
    public async Task Bytes_WithOptionalParameter_TakeBinaryAndBase64()
    {
        Assert.Equal("""{"result":2}""", await s_sample.Value.RunAsync("vector.count", Binary("a\nb\n"u8, """{"needle":10,"haystack":4}""")));
        Assert.Equal("""{"result":1}""", await s_sample.Value.RunAsync("vector.count", """{"haystack":"AQID","needle":2}"""));
    }

    [Fact]
    public async Task ArraysAndNumbers_InBinary_ReachTheHandlerInTheOrderOfTheJson()
    {
        Assert.Equal("""{"result":15}""", await s_sample.Value.RunAsync("vector.dot-product", Binary<double>([3, 1, 5, 1], """{"right":2,"left":2}""")));
        Assert.Equal("""{"result":15}""", await s_sample.Value.RunAsync("vector.dot-product", Binary<double>([5, 1], """{"left":2,"right":[3]}""")));
        Assert.Equal("""{"result":[2,4]}""", await s_sample.Value.RunAsync("vector.scale", Binary<float>([1, 2], """{"values":2,"by":2}""")));
    }

    [Fact]
    public async Task ArrayResult_InBinary_IsItsElements()
    {
        Assert.Equal("float32", s_sample.Value.Kind("vector.scale").BinaryOutput);
        Assert.Equal("int32", s_sample.Value.Kind("vector.tail").BinaryOutput);
        Assert.Null(s_sample.Value.Kind("vector.sum").BinaryOutput);
        float[] scaled = await RawAsync<float>("vector.scale", Binary<float>([1, 2], """{"values":2,"by":2}"""));
        int[] tail = await RawAsync<int>("vector.tail", Binary<short>([9, 0, 7, 8], """{"head":1,"tail":2}"""));
        Assert.Equal([2f, 4f], scaled);
        Assert.Equal([7, 8], tail);
    }

    [Fact]
    public void Arrays_OfAKind_AreListedWithTheirElements() => Assert.Equal(
        [new BinaryArray("head", "int32", 4), new BinaryArray("tail", "int16", 2)], s_sample.Value.Kind("vector.tail").BinaryInput);

    [Fact]
    public async Task RecordResult_IsTheOutputObject() => Assert.Equal(
        """{"mean":2,"sorted":[1,2,3]}""", await s_sample.Value.RunAsync("vector.describe", """{"values":[3,1,2]}"""));

    [Fact]
    public async Task Result_NotFinite_IsOverflow() => await Assert.ThrowsAsync<OverflowException>(
        () => s_sample.Value.RunAsync("vector.sum", """{"values":[1e308,1e308]}"""));

    [Fact]
    public async Task Slow_Context_GivesProgressAndCancellation()
    {
        var context = new FakeTaskContext();
        Assert.Equal("""{"result":4}""", await s_sample.Value.RunAsync("math.slow", """{"n":4}""", context));
        Assert.Equal([0.25, 0.5, 0.75, 1], context.Reports);

        await context.Cancellation.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => s_sample.Value.RunAsync("math.slow", """{"n":4}""", context));
    }

    private static TaskPayload Binary<T>(ReadOnlySpan<T> elements, string json)
        where T : unmanaged
    {
        var bytes = new MemoryStream();
        bytes.Write(MemoryMarshal.AsBytes(elements));
        BinaryPayload.Finish(bytes, Encoding.UTF8.GetBytes(json));
        return new TaskPayload(bytes.ToArray(), PayloadFormat.Binary);
    }

    private static async Task<T[]> RawAsync<T>(string kind, TaskPayload payload)
        where T : unmanaged
    {
        var output = new ArrayBufferWriter<byte>();
        await s_sample.Value.Kind(kind).InvokeAsync(payload with { OutputFormat = PayloadFormat.Binary }, output, new FakeTaskContext());
        return MemoryMarshal.Cast<byte, T>(output.WrittenSpan).ToArray();
    }
}
